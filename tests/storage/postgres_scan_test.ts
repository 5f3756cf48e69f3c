import assert from "node:assert/strict";
import type { Filter } from "../../src/protocol/filter.ts";
import type { Statement } from "../../src/storage/postgres/client.ts";
import { tagKey, tieOf } from "../../src/storage/postgres/keys.ts";
import type { PageRow } from "../../src/storage/postgres/page.ts";
import { type Hit, Scan } from "../../src/storage/postgres/scan.ts";
import { hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const NOTHING: PageRow = [null, null, null, null, null, null];
const note: Hit = { seq: 7, past: -50, id: "a".padEnd(64, "1") };
/** Events that pass, and how far the page has looked. */
const page = (hits: readonly Hit[], [past, tie]: readonly (string | null)[] = [null, null]): PageRow =>
  hits.length === 0 ? [past!, tie!, null, null, null, null] : [
    past!,
    tie!,
    hits.map(({ past }) => past).join(),
    hits.map(({ seq }) => seq).join(),
    hits.map(({ id }) => id).join(""),
    null,
  ];
const notesOf = (authors: number): Filter => ({
  authors: Array.from({ length: authors }, (_, n) => hex(n)),
  kinds: [1],
});

/** Reads pages of so many events for as long as there are answers; tells what was asked. */
async function scan(
  filter: Filter,
  answers: PageRow[],
  events = 100,
): Promise<{ asked: Statement[]; hits: Hit[]; done: boolean }> {
  const asked: Statement[] = [], hits: Hit[] = [];
  const run = (statement: Statement): Promise<[PageRow]> => {
    asked.push(statement);
    return Promise.resolve([answers.shift()!]);
  };
  const scan = new Scan(filter, { run, now: () => 100 });
  while (answers.length > 0 && !scan.done) hits.push(...await scan.page(events, events));
  return { asked, hits, done: scan.done };
}

const looksUpAuthors = ({ text }: Statement) => text.includes("= key.digits");
const isFrom = ({ values }: Statement, past: number, tie: number) =>
  values.some((_, at) => values.slice(at, at + 2).join() === [past, tie].join());

test("postgres scan: a page without an edge that is not full is the last", async () => {
  const { hits, done } = await scan({ kinds: [1] }, [page([note])]);
  assert.deepEqual(hits, [note]);
  assert.equal(done, true);
});

test("postgres scan: behind a full page the next begins with what comes after its last event", async () => {
  const { asked, done } = await scan({ kinds: [1] }, [page([note]), NOTHING], 1);
  assert(isFrom(asked[1]!, -50, tieOf(note.id)));
  assert.equal(done, true);
});

test("postgres scan: events that share a tie come by id, and each once", async () => {
  const mate: Hit = { seq: 8, past: -50, id: note.id.slice(0, 63) + "0" };
  const older: Hit = { seq: 3, past: -49, id: hex(1) };
  const { hits } = await scan({ kinds: [1] }, [page([note, mate, note, older])]);
  assert.deepEqual(hits, [mate, note, older]);
});

test("postgres scan: a page that looked in vain is followed by one that looks further, from there", async () => {
  const filter: Filter = { kinds: [1], tags: [{ name: "t", values: ["giraffe"] }] };
  const { asked, done } = await scan(filter, [page([], ["-70", "9"]), NOTHING]);
  assert(isFrom(asked[1]!, -70, 9));
  assert.deepEqual(asked.map(({ values }) => [125, 500].filter((looks) => values.includes(looks))), [[125], [
    500,
  ]]);
  assert.equal(done, true);
});

test("postgres scan: many authors are sought among the newest events, each by himself if he is not there", async () => {
  const { asked } = await scan(notesOf(300), [page([], ["-70", "9"]), NOTHING]);
  assert.deepEqual(asked.map(looksUpAuthors), [false, true]);
});

test("postgres scan: authors who make much of the newest go on being sought there", async () => {
  const { asked } = await scan(notesOf(300), [page(Array(50).fill(note), ["-70", "9"]), NOTHING]);
  assert.deepEqual(asked.map(looksUpAuthors), [false, false]);
});

test("postgres scan: some authors are looked up at once", async () => {
  const { asked } = await scan(notesOf(20), [NOTHING]);
  assert.deepEqual(asked.map(looksUpAuthors), [true]);
});

test("postgres scan: a filter that matches nothing asks nothing", async () => {
  const { asked, done } = await scan({ kinds: [] }, [NOTHING]);
  assert.deepEqual([asked, done], [[], true]);
});

test("postgres: tags have different keys by letter, by case and by value, also where only odd characters differ", () => {
  const keys = [["t", "a"], ["T", "a"], ["t", "b"], ["t", ""], ["t", "\ud800"], ["t", "\ufffd"], ["t", "\0"]]
    .map(([letter, value]) => tagKey(letter!, value!));
  assert.equal(new Set(keys).size, keys.length);
  for (const key of keys) assert.match(key, /^[0-9a-f]{32}$/);
});

test("postgres: ties order as ids do, as far as they tell them apart", () => {
  const ids = ["00", "0f", "7f", "80", "ff"].map((start) => start.padEnd(64, "0"));
  assert.deepEqual(ids.map(tieOf).toSorted((a, b) => a - b), ids.map(tieOf));
  assert(ids.map(tieOf).every(Number.isSafeInteger));
});
