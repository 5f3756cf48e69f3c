import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import type { VerifiedEvent } from "../../src/protocol/event.ts";
import type { Filter } from "../../src/protocol/filter.ts";
import { HyperLogLog } from "../../src/protocol/hyperloglog.ts";
import { MemoryRepository } from "../../src/storage/memory.ts";
import { type Question, WrittenQuestion } from "../../src/storage/sqlite/question.ts";
import { Reader } from "../../src/storage/sqlite/reader.ts";
import { migrate } from "../../src/storage/sqlite/schema.ts";
import { Writer } from "../../src/storage/sqlite/writer.ts";
import { Vanishing } from "../../src/storage/vanishing.ts";
import { closing } from "../fixtures/closing.ts";
import { connect, freshDatabase, testOnPostgres } from "../fixtures/postgres.ts";
import { Inbox } from "../fixtures/inbox.ts";
import { test } from "../harness.ts";
import { openDatabase } from "../storage/postgres_store.ts";
import { type Counted, openSqlite, Store, textsOf } from "../storage/stores.ts";
import { Oracle } from "./oracle.ts";
import { stories, type Story } from "./storage_arbitraries.ts";

type Answer = [ids: string[], more: boolean];

/** What the property asks of an engine. */
interface Engine {
  save(batch: VerifiedEvent[]): Promise<string[]>;
  /** With `seek`, finds out too whether an event passes that the limits leave out. */
  find(filters: Filter[], seek: boolean): Promise<Answer>;
  /** With registers (NIP-45) of this offset. */
  count(filters: Filter[], offset: number): Promise<Counted>;
  has(id: string): Promise<boolean>;
  removeExpired(): Promise<number>;
}

interface Clock {
  now: number;
}

/** Questions that are asked again after each change, as an engine may remember what it has answered. */
const ASKED_AGAIN = 3;

/** Plays a story to the engine and to the oracle; they must agree at every step. */
async function agrees(engine: Engine, clock: Clock, oracle: Oracle, { events, steps }: Story): Promise<void> {
  clock.now = 3;
  const asked: Filter[][] = [];
  for (const step of steps) {
    if ("save" in step) {
      const batch = step.save.map((at) => events[at]!);
      assert.deepEqual(await engine.save(batch), batch.map(({ event }) => oracle.save(event)));
    } else if ("now" in step) {
      clock.now = step.now;
    } else if ("sweep" in step) {
      assert.equal(await engine.removeExpired(), oracle.removeExpired(clock.now));
    } else {
      asked.push(step.ask);
      const offset = 8 + step.ask.length; // whichever: a step always has the same
      const registers = oracle.registers(step.ask, clock.now, offset);
      const count = oracle.count(step.ask, clock.now);
      assert.deepEqual(await engine.count(step.ask, offset), { count, registers });
    }
    for (const filters of asked.slice(-ASKED_AGAIN)) {
      for (const seek of [false, true]) {
        const expected: Answer = [
          oracle.find(filters, clock.now),
          seek && oracle.leavesOut(filters, clock.now),
        ];
        assert.deepEqual(await engine.find(filters, seek), expected);
      }
    }
  }
  for (const { event } of events) {
    assert.equal(await engine.has(event.id), oracle.stored.some(({ id }) => id === event.id));
  }
}

function engineOf(store: Store): Engine {
  return {
    save: (batch) => store.save(...batch),
    find: async (filters, seek) =>
      seek ? await store.findAndSeek(...filters) : [await store.ids(...filters), false],
    count: (filters, offset) => store.countAuthors(filters, offset),
    has: (id) => store.repository.has(id),
    removeExpired: () => store.repository.removeExpired(),
  };
}

/** SQLite's writer and reader without threads, with pages and time slices as small as can be. */
function engineInPlace(database: DatabaseSync, clock: Clock, prefixes: boolean, lag: number): Engine {
  migrate(database);
  const writer = new Writer(database, lag);
  const bounds = { events: 2, size: 100_000, milliseconds: 0 };
  const reader = new Reader(database, bounds, { prefixes, utf8: lag % 2 === 0 });
  let query = 0;
  function* steps<Step extends { done: boolean }>(ask: (question?: Question) => Step, question: Question) {
    query++;
    let step = ask(question);
    yield step;
    while (!step.done) yield step = ask();
  }
  const events = {
    async *identify(filters: readonly Filter[]) {
      for (const page of steps((question) => reader.identify(query, -1, question), { filters })) yield page;
    },
    remove: (ids: readonly string[]) => Promise.resolve(writer.remove(ids)),
  };
  const vanishing = new Vanishing(events, {
    note: (who) => Promise.resolve(writer.noteVanished(who)),
    after: (pubkey, most) => Promise.resolve(writer.vanishedAfter(pubkey, most)),
    leaving: (most) => Promise.resolve(writer.leaving(most)),
    forget: (vanished, { traces }) => {
      const lastRemoval = traces ? writer.lastRemoval : undefined;
      while (!writer.forget(vanished, 3, lastRemoval));
      return Promise.resolve();
    },
  });
  return {
    save: async (batch) => {
      const outcomes = writer.save(batch.map(({ json }) => json)).map(String);
      await vanishing.run();
      return outcomes;
    },
    find: (filters, seek) => {
      const written = new WrittenQuestion(JSON.stringify({ filters, seek }));
      // Every other time in UTF-8: what is remembered of one may be given in the other.
      const page = query % 2 ? reader.page.bind(reader) : reader.utf8Page.bind(reader);
      const pages = [...steps((question) => page(query, clock.now, question), written)];
      assert.ok(pages.every(({ events }) => events.length <= 2));
      const ids: string[] = pages.flatMap(({ events }) => textsOf(events)).map((json) => JSON.parse(json).id);
      return Promise.resolve([ids, pages.at(-1)!.more]);
    },
    count: (filters, offset) => {
      const tallies = [...steps((question) => reader.tally(query, clock.now, offset, question), { filters })];
      const authors = new HyperLogLog(offset);
      for (const { registers } of tallies) authors.merge(registers!);
      const count = tallies.reduce((sum, { count }) => sum + count, 0);
      return Promise.resolve({ count, registers: authors.registers });
    },
    has: (id) => Promise.resolve(reader.has([id])[0]!),
    removeExpired: () => {
      let total = 0;
      for (let removed = 3; removed === 3;) total += removed = writer.removeExpired(clock.now, 3);
      return Promise.resolve(total);
    },
  };
}

for (const prefixes of [false, true]) {
  const mode = prefixes ? ", with prefix search" : "";

  test(`memory agrees with the oracle${mode}`, () =>
    fc.assert(
      fc.asyncProperty(stories({ prefixes }), async (story) => {
        const clock = { now: 0 };
        await using store = new Store(new MemoryRepository({ now: () => clock.now, prefixes }));
        await agrees(engineOf(store), clock, new Oracle(prefixes), story);
      }),
      { numRuns: 1_000 },
    ));

  test(`sqlite agrees with the oracle, page by page, however far its indexes lag${mode}`, () =>
    fc.assert(
      fc.asyncProperty(stories({ prefixes }), fc.nat(300), async (story, lag) => {
        const clock = { now: 0 };
        using database = closing(new DatabaseSync(":memory:"));
        await agrees(engineInPlace(database.held, clock, prefixes, lag), clock, new Oracle(prefixes), story);
      }),
      { numRuns: 1_000 },
    ));
}

test("sqlite agrees with the oracle, on its threads", () =>
  fc.assert(
    fc.asyncProperty(stories(), async (story) => {
      const clock = { now: 0 };
      await using store = await openSqlite({ now: () => clock.now, lag: 20 });
      await agrees(engineOf(store), clock, new Oracle(), story);
    }),
    { numRuns: 15 },
  ));

for (const prefixes of [false, true]) {
  testOnPostgres(
    `postgres agrees with the oracle, page by page${prefixes ? ", with prefix search" : ""}`,
    async () => {
      const clock = { now: 0 };
      await using database = await freshDatabase();
      const page = { events: 2, bytes: 100_000 };
      await using admin = connect(database.url);
      await fc.assert(
        fc.asyncProperty(stories({ prefixes }), async (story) => {
          await using store = new Store(
            await openDatabase(database.url, { now: () => clock.now, prefixes, page }),
          );
          await admin.sql`TRUNCATE search, event, tag, deletion, vanished`;
          await store.repository.bus!.receive(new Inbox()); // only what hears of changes remembers answers
          await agrees(engineOf(store), clock, new Oracle(prefixes), story);
        }),
        { numRuns: 60 }, // of a hundred statements each
      );
    },
  );
}

testOnPostgres("postgres agrees with the oracle, asked by another instance than saves", async () => {
  const clock = { now: 0 };
  await using database = await freshDatabase();
  await using admin = connect(database.url);
  const start = async () => {
    const repository = await openDatabase(database.url, { now: () => clock.now });
    await repository.bus.receive(new Inbox());
    return repository;
  };
  await fc.assert(
    fc.asyncProperty(stories(), async (story) => {
      const writing = await start(), reading = await start();
      await using writer = new Store(writing), reader = new Store(reading);
      await admin.sql`TRUNCATE search, event, tag, deletion, vanished`;
      const heard = async <T>(change: Promise<T>): Promise<T> => {
        const answer = await change;
        while (reading.bus.feed.known < writing.bus.feed.known) await nextTurn();
        return answer;
      };
      const engine: Engine = {
        ...engineOf(reader),
        save: (batch) => heard(writer.save(...batch)),
        removeExpired: () => heard(writing.removeExpired()),
      };
      await agrees(engine, clock, new Oracle(), story);
    }),
    { numRuns: 30 },
  );
});
