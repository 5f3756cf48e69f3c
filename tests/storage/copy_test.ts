import assert from "node:assert/strict";
import type { VerifiedEvent } from "../../src/protocol/event.ts";
import { Copy, type Fate } from "../../src/storage/copy.ts";
import { MemoryRepository } from "../../src/storage/memory.ts";
import { type Repository, type SaveOutcome, StorageError } from "../../src/storage/repository.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { Store } from "./stores.ts";

const NOW = 1_000;
const never = new AbortController().signal;

const note = (n: number, tags: string[][] = []) => fakeEvent({ created_at: n, content: `${n}`, tags });
const notes = (count: number) => Array.from({ length: count }, (_, n) => note(n));
const profile = (created_at: number) => fakeEvent({ kind: 0, created_at });
const deletionOf = (named: VerifiedEvent, tags: string[][] = []) =>
  fakeEvent({ kind: 5, created_at: 1, tags: [["e", named.event.id], ...tags] });

/** Memory that shows expired events too, with some events in it. */
async function memoryWith(...events: VerifiedEvent[]): Promise<Store> {
  const store = new Store(new MemoryRepository({ now: () => -1 }));
  await store.save(...events);
  return store;
}

function copying(source: Repository, target: Repository) {
  const problems: string[] = [];
  const copy = new Copy(source, target, { now: NOW, report: (problem) => problems.push(problem) });
  return { copy, problems };
}

/** The fates that occurred. */
const fatesOf = ({ fates }: Copy): Partial<Record<Fate, number>> =>
  Object.fromEntries(Object.entries(fates).filter(([, count]) => count > 0));

/** A target that does with an event what a test says, or else what memory does. */
class Target extends MemoryRepository {
  constructor(readonly saving: (event: VerifiedEvent) => Promise<SaveOutcome> | undefined) {
    super({ now: () => -1 });
  }

  override save(event: VerifiedEvent): Promise<SaveOutcome> {
    return this.saving(event) ?? super.save(event);
  }
}

/** A source of these very lines, in pages of that many, which counts the lines that were asked for. */
class Lines extends MemoryRepository {
  read = 0;

  constructor(readonly lines: readonly string[], readonly page = 2) {
    super();
  }

  override async *find(_: unknown, { signal }: { signal: AbortSignal }) {
    while (this.read < this.lines.length) {
      signal.throwIfAborted();
      yield this.lines.slice(this.read, this.read += this.page);
    }
  }
}

const linesOf = (events: readonly VerifiedEvent[], page?: number) =>
  new Lines(events.map(({ json }) => json), page);

test("copy: a copy that broke off is taken up by copying again, and nothing comes twice", async () => {
  await using source = await memoryWith(...notes(500));
  const stop = new AbortController();
  let saves = 0;
  const target = new Target(() => void (++saves === 150 && stop.abort(new Error("enough"))));
  const first = copying(source.repository, target).copy;
  await assert.rejects(first.run(stop.signal), /enough/);
  const stored = await new Store(target).count({});
  assert.ok(stored >= 150 && stored < 500, `${stored}`);
  assert.deepEqual(fatesOf(first), { stored });

  const second = copying(source.repository, target).copy;
  await second.run(never);
  assert.deepEqual(fatesOf(second), { duplicate: stored, stored: 500 - stored });
  assert.equal(saves, 500);
  assert.deepEqual(await new Store(target).find({}), await source.find({}));
});

test("copy: what the target knows better stays as it is, and is counted", async () => {
  await using source = await memoryWith(profile(5), note(1), note(2), note(3));
  await using target = await memoryWith(profile(6), note(2), deletionOf(note(3)));
  const { copy } = copying(source.repository, target.repository);
  await copy.run(never);
  assert.deepEqual(fatesOf(copy), { stored: 1, duplicate: 1, superseded: 1, deleted: 1 });
  assert.equal(await target.count({}), 4);
});

test("copy: what operators have settled comes along, but for what was settled at the target", async () => {
  await using source = await memoryWith(note(1));
  await using target = await memoryWith();
  const record = (key: string, value: string) => ({ kind: "x", key, value });
  await source.repository.records.write(0, [record("a", "1"), record("b", "1")]);
  await target.repository.records.write(0, [record("a", "2"), record("c", "2")]);
  for (let n = 0; n < 2; n++) await copying(source.repository, target.repository).copy.run(never);
  const { version, records } = await target.repository.records.read();
  assert.deepEqual(records, [record("a", "2"), record("c", "2"), record("b", "1")]);
  assert.equal(version, 2, "a second copy changes nothing");
});

test("copy: what the source knows better goes from the target", async () => {
  await using source = await memoryWith(profile(6), deletionOf(note(3)));
  await using target = await memoryWith(profile(5), note(3));
  await copying(source.repository, target.repository).copy.run(never);
  assert.deepEqual(await target.find({}), await source.find({}));
});

test("copy: expired events stay behind, but not deletion requests, which keep their effect", async () => {
  const expiring = (at: number) => [["expiration", `${at}`]];
  const kept = [note(2, expiring(NOW + 1)), deletionOf(note(9), expiring(NOW))];
  await using source = await memoryWith(note(1, expiring(NOW)), ...kept);
  await using target = await memoryWith();
  const { copy } = copying(source.repository, target.repository);
  await copy.run(never);
  assert.deepEqual(fatesOf(copy), { stored: 2, expired: 1 });
  assert.deepEqual(await target.save(note(9)), ["deleted"]);
});

test("copy: who has vanished from the source vanishes from the target, and stays away", async () => {
  const request = fakeEvent({
    kind: 62,
    created_at: 5,
    tags: [["relay", "ALL_RELAYS"], ["expiration", "6"]],
  });
  await using source = await memoryWith(note(1), request, note(7));
  await using target = await memoryWith(note(2), note(6));
  const { copy } = copying(source.repository, target.repository);
  await copy.run(never);
  assert.deepEqual(fatesOf(copy), { stored: 2 });
  assert.deepEqual(await target.find({}), [note(7), note(6), request].map(({ json }) => json));
  assert.deepEqual(await target.save(note(1), note(2)), ["vanished", "vanished"]);
});

test("copy: who has vanished from the source without a request that is kept vanishes from the target", async () => {
  await using source = await memoryWith(note(7));
  await source.repository.vanish([{ pubkey: hex(1), until: 5 }]);
  await using target = await memoryWith(note(2), note(6));
  await copying(source.repository, target.repository).copy.run(never);
  assert.deepEqual(await target.find({}), [note(7), note(6)].map(({ json }) => json));
  assert.deepEqual(await target.save(note(5)), ["vanished"]);
});

test("copy: what is no event is counted and told of, and holds nothing up", async () => {
  const [good, cut] = [note(1).json, note(2).json.slice(0, -9)];
  const wrong = good.replace('"kind":1', '"kind":-1');
  await using target = await memoryWith();
  const { copy, problems } = copying(new Lines(["", cut, wrong, good]), target.repository);
  await copy.run(never);
  assert.deepEqual(fatesOf(copy), { unreadable: 3, stored: 1 });
  assert.equal(problems.length, 3);
  assert.ok(problems.every((problem) => problem.startsWith("unreadable: ")));
  assert.match(problems[2]!, /kind must be/);
});

test("copy: an event that the target can't save holds no other up", async () => {
  const bad = note(50);
  const target = new Target(({ event }) =>
    event.id === bad.event.id ? Promise.reject(new StorageError("no such luck")) : undefined
  );
  const { copy, problems } = copying(linesOf(notes(300)), target);
  await copy.run(never);
  assert.deepEqual(fatesOf(copy), { stored: 299, failed: 1 });
  assert.deepEqual(problems, [`not saved: no such luck: event ${bad.event.id}`]);
});

test("copy: a target that fails again and again ends it", async () => {
  const full = new Target(() => Promise.reject(new StorageError("disk full")));
  const source = linesOf(notes(5_000));
  const { copy } = copying(source, full);
  await assert.rejects(copy.run(never), (error) => {
    assert.ok(error instanceof StorageError);
    assert.match(error.message, /^the target takes nothing any more: disk full$/);
    return true;
  });
  assert.ok(source.read < 1_000, `${source.read} of 5,000`);
});

for (const [what, page, most] of [["128 pages", 2, 256], ["8,192 events", 300, 8_400]] as const) {
  test(`copy: it reads no further ahead than ${what} while the target is slow`, async () => {
    const slow = Promise.withResolvers<SaveOutcome>();
    const source = linesOf(notes(10_000), page);
    const { copy } = copying(source, new Target(() => slow.promise));
    const done = copy.run(never);
    for (let before = -1; source.read > before;) {
      before = source.read;
      await new Promise((resolve) => setTimeout(resolve)); // every microtask first
    }
    assert.equal(source.read, most);
    slow.resolve("stored");
    await done;
    assert.equal(copy.done, 10_000);
  });
}

test("copy: a source that fails ends it, after what was handed over is stored", async () => {
  class Failing extends Lines {
    override async *find(filters: unknown, options: { signal: AbortSignal }) {
      yield* super.find(filters, options);
      throw new StorageError("the disk is gone");
    }
  }
  await using target = await memoryWith();
  const { copy } = copying(new Failing([note(1).json, note(2).json]), target.repository);
  await assert.rejects(copy.run(never), /the disk is gone/);
  assert.equal(await target.count({}), 2);
});

test("copy: ids are not looked at again, nor signatures: stored events were verified", async () => {
  const odd = fakeEvent({ id: hex(7) });
  await using target = await memoryWith();
  await copying(linesOf([odd]), target.repository).copy.run(never);
  assert.deepEqual(await target.find({}), [odd.json]);
});
