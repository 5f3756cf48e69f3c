import assert from "node:assert/strict";
import { DELETION } from "../../src/protocol/kind.ts";
import type { VerifiedEvent } from "../../src/protocol/event.ts";
import type { SaveOutcome } from "../../src/storage/repository.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { freshDatabase, testOnPostgres } from "../fixtures/postgres.ts";
import { Instance } from "./postgres_instance.ts";

/** How often two instances are let loose on each other. */
const ROUNDS = 60;

/** Registers a test of two instances on one database. */
function testOnTwo(rule: string, body: (both: readonly Instance[]) => Promise<void>): void {
  testOnPostgres(rule, async () => {
    await using database = await freshDatabase();
    await using one = await Instance.start(database.url);
    await using two = await Instance.start(database.url);
    await body([one, two]);
  });
}

type Answer = readonly [event: VerifiedEvent, outcome: SaveOutcome];

/** Offers the events to the instances in turn, all at once; gives the answers in order of arrival. */
async function race(instances: readonly Instance[], events: readonly VerifiedEvent[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  await Promise.all(events.map(async (event, n) => {
    const outcome = await instances[n % instances.length]!.repository.save(event);
    answers.push([event, outcome]);
  }));
  return answers;
}

/** The ids that every instance finds. */
async function left(instances: readonly Instance[], author: string): Promise<string[]> {
  const found = await Promise.all(instances.map(async ({ repository }) => {
    const ids: string[] = [];
    const { signal } = new AbortController();
    for await (const page of repository.find([{ authors: [author] }], { signal })) {
      ids.push(...page.map((json) => JSON.parse(json).id));
    }
    return ids;
  }));
  for (const ids of found) assert.deepEqual(ids, found[0]);
  return found[0]!;
}

const ids = (events: readonly VerifiedEvent[]) => events.map(({ event }) => event.id);

testOnTwo(
  "two instances that take versions of one event at once keep the newest, of a tie the lowest id",
  async (both) => {
    for (let round = 0; round < ROUNDS; round++) {
      const pubkey = hex(round + 1);
      const versions = [3, 1, 4, 4, 2, 4].map((created_at, n) =>
        fakeEvent({ kind: 10_002, pubkey, created_at, content: `${n}` })
      );
      const answers = await race(both, versions);
      const [right] = ids(versions.filter(({ event }) => event.created_at === 4)).sort();
      assert.deepEqual(await left(both, pubkey), [right]);
      const outcome = new Map(answers.map(([{ event }, outcome]) => [event.id, outcome]));
      assert.equal(outcome.get(right!), "stored", "whoever published the right one was told so");
      for (const said of outcome.values()) assert.match(said, /^(stored|superseded)$/);
    }
  },
);

testOnTwo(
  "of an event that two instances take at once, one stores it and the other knows it",
  async (both) => {
    const events = Array.from({ length: ROUNDS }, (_, n) => fakeEvent({ content: `${n}` }));
    for (const event of events) {
      const answers = await race(both, [event, event]);
      assert.deepEqual(answers.map(([, outcome]) => outcome).sort(), ["duplicate", "stored"]);
    }
    for (const { inbox } of both) {
      await inbox.gets(...events);
      assert.deepEqual(inbox.ids, ids(events));
    }
  },
);

testOnTwo(
  "an event and its deletion, taken by two instances at once, leave the deletion only",
  async (both) => {
    for (let round = 0; round < ROUNDS; round++) {
      const pubkey = hex(round + 1);
      const event = fakeEvent({ pubkey });
      const deletion = fakeEvent({ pubkey, kind: DELETION, tags: [["e", event.event.id]] });
      const pair = round % 2 ? [event, deletion] : [deletion, event];
      const answers = await race(both, pair);
      assert.deepEqual(await left(both, pubkey), ids([deletion]));
      for (const [{ event }, outcome] of answers) {
        assert.match(outcome, event.kind === DELETION ? /^stored$/ : /^(stored|deleted)$/);
      }
    }
  },
);

testOnTwo(
  "who vanishes at one instance while another takes their events leaves none",
  async (both) => {
    const [one, two] = both as [Instance, Instance];
    for (let round = 0; round < ROUNDS; round++) {
      const pubkey = hex(round + 1);
      const notes = [1, 2, 3, 4, 5].map((created_at) => fakeEvent({ pubkey, created_at }));
      const saves = () => notes.map((note) => one.repository.save(note));
      const before = round % 2 ? saves() : [];
      const vanish = two.repository.vanish([{ pubkey, until: 5 }]);
      const outcomes = await Promise.all(round % 2 ? before : saves());
      await vanish;
      for (const outcome of outcomes) assert.match(outcome, /^(stored|vanished)$/);
      assert.deepEqual(await left(both, pubkey), []);
    }
  },
);
