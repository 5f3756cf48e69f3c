import assert from "node:assert/strict";
import fc from "fast-check";
import { trustStored } from "../../src/protocol/event.ts";
import { Copy } from "../../src/storage/copy.ts";
import { testOnPostgres } from "../fixtures/postgres.ts";
import { test } from "../harness.ts";
import { openPostgres } from "../storage/postgres_store.ts";
import { openMemory, openSqlite, type OpenStore, type Store } from "../storage/stores.ts";
import { stories, type Story } from "./storage_arbitraries.ts";

/** Shows what has expired and is not swept yet. */
const BEFORE_ALL_TIME = -1;

interface Clock {
  now: number;
}

/** Plays a story to a store, without its sweeps. Answers the filters that it asks. */
async function play(store: Store, clock: Clock, { events, steps }: Story) {
  clock.now = 3;
  for (const step of steps) {
    if ("save" in step) await store.save(...step.save.map((at) => events[at]!));
    if ("now" in step) clock.now = step.now;
  }
  return steps.flatMap((step) => "ask" in step ? [step.ask] : []);
}

/**
 * The law: a copy answers everything as its source does once that is swept, and refuses what that refuses;
 * however much of it was there before, and in whatever order it came.
 */
async function copyIsAsGood(open: { from: OpenStore; to: OpenStore }, story: Story, sooner: number[]) {
  const clock: Clock = { now: 0 };
  await using source = await open.from({ now: () => clock.now });
  await using target = await open.to({ now: () => clock.now });
  const questions = await play(source, clock, story);
  const { now } = clock;

  clock.now = BEFORE_ALL_TIME;
  const held = await source.find({});
  const before = held.length === 0 ? [] : sooner.map((at) => trustStored(held[at % held.length]!));
  await target.save(...before);
  const copy = new Copy(source.repository, target.repository, { now, report: assert.fail });
  await copy.run(source.signal);
  assert.equal(copy.done, held.length);
  const { stored, duplicate, expired } = copy.fates;
  assert.equal(stored + duplicate + expired, held.length);
  assert.equal(await target.count({}), stored + duplicate);

  clock.now = now;
  await source.repository.removeExpired();
  await target.repository.removeExpired();
  for (clock.now of [now, BEFORE_ALL_TIME]) {
    for (const filters of questions) {
      assert.deepEqual(await target.find(...filters), await source.find(...filters));
      assert.equal(await target.count(...filters), await source.count(...filters));
    }
  }
  assert.deepEqual(await target.save(...story.events), await source.save(...story.events));
  assert.deepEqual(await target.find({}), await source.find({}));
}

for (
  const [from, to, register, open, numRuns] of [
    ["memory", "memory", test, { from: openMemory, to: openMemory }, 1_000],
    ["memory", "sqlite", test, { from: openMemory, to: openSqlite }, 15],
    ["sqlite", "memory", test, { from: openSqlite, to: openMemory }, 15],
    ["sqlite", "postgres", testOnPostgres, { from: openSqlite, to: openPostgres }, 6],
    ["postgres", "sqlite", testOnPostgres, { from: openPostgres, to: openSqlite }, 6],
  ] as const
) {
  register(`a copy answers and refuses as its source does: ${from} to ${to}`, () =>
    fc.assert(
      fc.asyncProperty(
        stories(),
        fc.array(fc.nat(), { maxLength: 10 }),
        (story, sooner) => copyIsAsGood(open, story, sooner),
      ),
      { numRuns },
    ));
}
