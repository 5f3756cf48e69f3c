import assert from "node:assert/strict";
import type { Statement } from "../../src/storage/postgres/client.ts";
import { EventLoader, type Run, type TextPage } from "../../src/storage/postgres/event_loader.ts";
import type { Hit } from "../../src/storage/postgres/scan.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const notes = Array.from({ length: 4 }, (_, seq) => fakeEvent({ content: `note ${seq}` }));
const jsons = notes.map(({ json }) => json);
const hits: Hit[] = notes.map(({ event }, seq) => ({ seq, id: event.id, past: -event.created_at }));
const LENGTH = jsons[0]!.length;

/** A database with the JSON of some rows, which gives as many bytes as it should and one event more. */
class Database {
  readonly asked: number[][] = [];
  meanwhile = () => {};

  constructor(readonly rows: ReadonlyMap<number, string>) {}

  readonly run: Run = <Row>({ values: [list, most] }: Statement): Promise<Row[]> => {
    const seqs = `${list}`.slice(1, -1).split(",").map(Number);
    this.asked.push(seqs);
    const found: [string, string][] = [];
    let bytes = 0;
    for (const [at, seq] of seqs.entries()) {
      const json = this.rows.get(seq);
      if (json === undefined || bytes >= Number(most)) continue;
      found.push([`${at + 1}`, json]);
      bytes += json.length;
    }
    this.meanwhile();
    return Promise.resolve(found as Row[]);
  };
}

const holding = (...seqs: number[]) => new Database(new Map(seqs.map((seq) => [seq, jsons[seq]!])));

async function pagesOf(loader: EventLoader, database: Database, most = 10_000): Promise<TextPage[]> {
  return await Array.fromAsync(loader.pages(hits, most, database.run));
}

test("postgres loader: what was read once comes from memory, the rest from the database, in order", async () => {
  const loader = new EventLoader(), database = holding(0, 1, 2, 3);
  loader.add(1, jsons[1]!);
  assert.deepEqual(await pagesOf(loader, database), [{ jsons, isWhole: true, isLast: true }]);
  await pagesOf(loader, database);
  assert.deepEqual(database.asked, [[0, 2, 3]]);
});

test("postgres loader: what is gone when its JSON is read is left out", async () => {
  const pages = await pagesOf(new EventLoader(), holding(1, 2));
  assert.deepEqual(pages, [{ jsons: [jsons[1], jsons[2]], isWhole: false, isLast: true }]);
});

test("postgres loader: a page is full by its bytes, but holds one event at least", async () => {
  for (
    const [most, sizes] of [[LENGTH - 1, [1, 1, 1, 1]], [3 * LENGTH - 1, [2, 2]], [3 * LENGTH, [
      3,
      1,
    ]]] as const
  ) {
    const loader = new EventLoader();
    loader.add(1, jsons[1]!);
    const pages = await pagesOf(loader, holding(0, 1, 2, 3), most);
    assert.deepEqual(pages.flatMap(({ jsons }) => jsons), jsons);
    assert.deepEqual(pages.map(({ jsons }) => jsons.length), sizes);
    assert.deepEqual(pages.map(({ isLast }) => isLast), sizes.map((_, at) => at === sizes.length - 1));
  }
});

test("postgres loader: a text whose seq has come to be another event's is not given for it", async () => {
  const loader = new EventLoader(), renumbered = new Database(new Map([[0, jsons[3]!], [1, jsons[1]!]]));
  loader.add(1, jsons[0]!);
  assert.deepEqual((await pagesOf(loader, renumbered)).flatMap(({ jsons }) => jsons), [jsons[1]]);
});

test("postgres loader: of what was removed nothing is left in memory, not even if it was being read just then", async () => {
  const loader = new EventLoader(), database = holding(0, 1, 2, 3);
  loader.add(0, jsons[0]!);
  database.meanwhile = () => [0, 1].forEach((seq) => loader.remove(seq));
  await pagesOf(loader, database);
  await pagesOf(loader, database);
  database.meanwhile = () => loader.clear();
  loader.clear();
  await pagesOf(loader, database);
  await pagesOf(loader, database);
  assert.deepEqual(database.asked, [[1, 2, 3], [0, 1], [0, 1, 2, 3], [0, 1, 2, 3]]);
});
