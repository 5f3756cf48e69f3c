import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { idOf, newestFirst, type VerifiedEvent } from "../../src/protocol/event.ts";
import type { Filter, FilterOptions } from "../../src/protocol/filter.ts";
import { Privacy } from "../../src/protocol/privacy.ts";
import { StorageError } from "../../src/storage/repository.ts";
import { DATABASE_FILE } from "../../src/storage/sqlite/open.ts";
import { Reader } from "../../src/storage/sqlite/reader.ts";
import { migrate } from "../../src/storage/sqlite/schema.ts";
import { SqliteRepository } from "../../src/storage/sqlite/sqlite_repository.ts";
import { Writer } from "../../src/storage/sqlite/writer.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { Store, temporaryDirectory } from "./stores.ts";

/** Calls `ask` with a reader of an in-memory database that holds these events. */
function reading(
  events: VerifiedEvent[],
  { milliseconds = 12, ...options }: FilterOptions & { milliseconds?: number },
  ask: (reader: Reader) => void,
): void {
  const database = new DatabaseSync(":memory:");
  try {
    migrate(database);
    // Some of the events come to the indexes, the others stay fresh.
    const writer = new Writer(database, 2 * events.length);
    const batch = Math.ceil(events.length / 10);
    for (let at = 0; at < events.length; at += batch) {
      writer.save(events.slice(at, at + batch).map(({ json }) => json));
    }
    ask(new Reader(database, { events: 200, size: 100_000, milliseconds }, options));
  } finally {
    database.close();
  }
}

/** Ids of what passes, page after page. */
function findAll(reader: Reader, filter: Filter): string[] {
  let step = reader.page(1, 0, { filters: [filter] });
  const found = step.events;
  while (!step.done) found.push(...(step = reader.page(1, 0)).events);
  return found.map(idOf);
}

function countAll(reader: Reader, filter: Filter): number {
  let step = reader.tally(1, 0, undefined, { filters: [filter] });
  let total = step.count;
  while (!step.done) total += (step = reader.tally(1, 0, undefined)).count;
  return total;
}

const notes = (howMany: number, given = (_: number) => ({})) =>
  Array.from({ length: howMany }, (_, n) => fakeEvent({ created_at: n, ...given(n) }));

test("sqlite: a long scan gives way, with an empty page, when its time is used up", () =>
  reading(notes(200, () => ({ tags: [["t", "x"]] })), { milliseconds: 0 }, (reader) => {
    const tags = [{ name: "t", values: ["x"] }, { name: "r", values: ["none", "nowhere"] }];
    const first = reader.page(1, 0, { filters: [{ tags }] });
    assert.deepEqual(first, { events: [], rows: [], done: false, more: false });
    assert.equal(reader.page(2, 0, { filters: [{ limit: 1 }] }).events.length, 1); // another query has its turn
    let pages = 1;
    while (!reader.page(1, 0).done) pages++;
    assert.ok(pages > 1);
  }));

test("sqlite: an ended query is forgotten", () =>
  reading(notes(500), {}, (reader) => {
    assert.equal(reader.page(1, 0, { filters: [{}] }).done, false);
    reader.end(1);
    assert.throws(() => reader.page(1, 0));
  }));

test("sqlite: a page ends at its bound of units, in text and in UTF-8", () =>
  reading(
    notes(20, () => ({ content: "é".repeat(30_000) })),
    {},
    (reader) => {
      const lengths = [reader.page(1, 0, { filters: [{}] }), reader.utf8Page(2, 0, { filters: [{}] })]
        .map(({ events }) => events.length);
      assert.deepEqual(lengths, [4, 2]);
    },
  ));

test("sqlite: more pairs of author and kind than can be looked up are found all the same", () =>
  reading(notes(100, (n) => ({ kind: 1 + n % 2, pubkey: hex(n % 5) })), {}, (reader) => {
    const kinds = Array.from({ length: 6_000 }, (_, n) => 2 + n);
    assert.equal(countAll(reader, { authors: [hex(1), hex(2), hex(7)], kinds }), 20);
  }));

for (
  const [which, share] of [["most", 0.9], ["some", 0.2], ["few", 0.01], ["none", 0]] as const
) {
  test(`sqlite: a feed of many authors is found when ${which} of the newest events are theirs`, () => {
    const followed = Array.from({ length: 100 }, (_, n) => hex(n));
    const byFollowed = (n: number) => (n * 0.618034) % 1 < share;
    const events = notes(4_000, (n) => ({
      created_at: Math.floor(n / 7), // ties
      kind: 1 + n % 2,
      pubkey: byFollowed(n) || n < 200 ? hex(n % 100) : hex(1_000 + n % 50),
    }));
    const authors = new Set(followed);
    const expected = (kinds: readonly number[]) =>
      events.map(({ event }) => event).filter(({ pubkey, kind }) =>
        authors.has(pubkey) && kinds.includes(kind)
      )
        .sort(newestFirst).map(({ id }) => id);
    for (const milliseconds of [0, 12]) {
      reading(events, { milliseconds }, (reader) => {
        for (const limit of [1, 40, 300, undefined]) {
          for (const kinds of [[1], [1, 2]]) {
            const filter = { authors: followed, kinds, limit };
            assert.deepEqual(
              findAll(reader, filter),
              expected(kinds).slice(0, limit),
              JSON.stringify({ limit, kinds }),
            );
          }
          assert.deepEqual(findAll(reader, { authors: followed, limit }), expected([1, 2]).slice(0, limit));
        }
      });
    }
  });
}

test("sqlite: a prefix of more ids or authors than can be looked up is found all the same", () => {
  const start = (letter: string, n: number) =>
    letter + n.toString(16).padStart(63, "0").split("").reverse().join("");
  const events = notes(21_000, (n) => ({ id: start(n % 2 ? "a" : "b", n), pubkey: start("c", n) }));
  reading(events, { prefixes: true }, (reader) => {
    assert.equal(countAll(reader, { ids: ["a"] }), 10_500);
    assert.equal(countAll(reader, { authors: ["c"], kinds: [1] }), 21_000);
    assert.equal(countAll(reader, { authors: ["c1"] }), countAll(reader, { authors: ["c1"], kinds: [1] }));
  });
});

test("sqlite: a reader's private events are found without a look at others'", () => {
  const key = (n: number) => (4_096 + n).toString(16).repeat(16);
  const alice = key(0);
  const wrap = (n: number, pubkey: string, to: string) =>
    fakeEvent({ kind: 1_059, created_at: n, pubkey, tags: [["p", to]] });
  const others = Array.from({ length: 4_000 }, (_, n) => wrap(n, key(1_000 + n), key(1 + n % 50)));
  const own = Array.from({ length: 10 }, (_, n) => wrap(n * 400, n % 3 ? key(6_000 + n) : alice, alice));
  const privacy = new Privacy(new Set([4, 1_059]), new Set([alice]));
  const sought = own.map(({ event }) => event).sort(newestFirst).map(({ id }) => id);
  reading([...others, ...own], {}, (reader) => {
    for (const limit of [3, 20]) {
      const filter = { kinds: [1_059], limit, privacy };
      assert.deepEqual(findAll(reader, filter), sought.slice(0, limit));
      const { count, looks, done } = reader.tally(9, 0, undefined, { filters: [filter] });
      assert.deepEqual([count, done], [10, true]);
      assert.ok(looks <= 20, `${looks}`);
    }
  });
});

test("sqlite: a damaged page fails the query that meets it, as a StorageError", async () => {
  using directory = temporaryDirectory();
  {
    await using store = new Store(await SqliteRepository.open(directory.path, { lag: 0 }));
    await store.save(...notes(2_000, (n) => ({ content: `${n}`.padEnd(500) })));
  }
  const file = join(directory.path, DATABASE_FILE);
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0xff, 100 * 4096, bytes.length - 100 * 4096));
  await using store = new Store(await SqliteRepository.open(directory.path));
  await assert.rejects(store.find({ kinds: [1] }), StorageError);
});
