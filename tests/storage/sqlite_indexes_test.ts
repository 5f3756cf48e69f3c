import assert from "node:assert/strict";
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import fc from "fast-check";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { INDEXES } from "../../src/storage/sqlite/index_table.ts";
import { textKey } from "../../src/storage/keys.ts";
import {
  fromRow,
  type Placement,
  placementOf,
  type PlacementRow,
} from "../../src/storage/sqlite/placement.ts";
import { migrate, seedOf } from "../../src/storage/sqlite/schema.ts";
import { Writer } from "../../src/storage/sqlite/writer.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

/** Rows of all indexes that these events should have, as text. */
function rowsOf(placements: Placement[]): Set<string> {
  return new Set(
    placements.flatMap((placement) =>
      INDEXES.flatMap(({ table, keys, row }) =>
        keys(placement).map((key) => `${table} ${row(placement, key)}`)
      )
    ),
  );
}

/**
 * What must be true after every transaction: whatever is stored is in the indexes or among the fresh, and
 * whatever else is in the indexes is among the stale. Answers how many rows the indexes have.
 */
function checkIndexes(database: DatabaseSync): number {
  const all = (sql: string) => database.prepare(sql).all().map((row) => Object.values(row));
  const placements = (sql: string) =>
    all(sql).map((row) => fromRow(row as SQLOutputValue[] as unknown as PlacementRow));
  const key = textKey(seedOf(database));
  const stored = all("SELECT seq, json FROM event")
    .map(([seq, json]) => placementOf(Number(seq), JSON.parse(String(json)) as NostrEvent, key));
  const seqs = new Set(stored.map(({ seq }) => seq));
  const fresh = placements("SELECT * FROM fresh");
  const stale = placements("SELECT seq, event_id, past, author, kind, tags FROM stale");
  const indexed = new Set(
    INDEXES.flatMap(({ table }) => all(`SELECT * FROM ${table}`).map((row) => `${table} ${row}`)),
  );
  const ofStored = rowsOf(stored), ofFresh = rowsOf(fresh), ofStale = rowsOf(stale);
  for (const { seq } of fresh) assert.ok(seqs.has(seq), "what is fresh is stored");
  for (const row of ofStored) assert.ok(indexed.has(row) || ofFresh.has(row), `${row} can be found`);
  for (const row of indexed) assert.ok(ofStored.has(row) || ofStale.has(row), `${row} will not stay`);
  return indexed.size;
}

/** A few authors' notes, profiles and deletions: many of them duplicate, replace or delete others. */
const events = (content: string) =>
  fc.record({
    pubkey: fc.constantFrom(hex(1), hex(2), "f".repeat(64)),
    kind: fc.constantFrom(0, 1, 3, 5, 30_000),
    created_at: fc.nat(5),
    tags: fc.array(fc.tuple(fc.constantFrom("p", "t", "d", "expiration"), fc.constantFrom("1", "2", "3")), {
      maxLength: 5,
    }),
  }).map((given) => {
    const tags = given.kind === 5 ? [["a", `3:${given.pubkey}:`], ["a", `0:${given.pubkey}:`]] : given.tags;
    return fakeEvent({ ...given, tags, content }).json;
  });

const small = events("small"), large = events("large".repeat(2_000));

const steps = fc.oneof(
  { arbitrary: fc.record({ save: fc.array(small, { minLength: 1, maxLength: 6 }) }), weight: 10 },
  {
    arbitrary: fc.record({
      saveWithoutRoom: fc.array(fc.oneof(small, large), { minLength: 1, maxLength: 9 }),
    }),
    weight: 5,
  },
  fc.record({ sweep: fc.nat(3) }),
  fc.constant("restart" as const),
);

/** Lets some saves fail after they have removed what they were to replace. */
function saveWithoutRoom(database: DatabaseSync, writer: Writer, batch: string[]): void {
  const { page_count } = database.prepare("PRAGMA page_count").get() as { page_count: number };
  database.exec(`PRAGMA max_page_count = ${page_count}`);
  writer.save(batch);
  database.exec("PRAGMA max_page_count = 1000000");
}

test("sqlite: indexes and what is fresh or stale add up to what is stored, whatever happens", () =>
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 40 }), fc.nat(40), (steps, lag) => {
      const database = new DatabaseSync(":memory:");
      try {
        migrate(database);
        let writer = new Writer(database, lag);
        for (const step of steps) {
          if (step === "restart") writer = new Writer(database, lag);
          else if ("saveWithoutRoom" in step) saveWithoutRoom(database, writer, step.saveWithoutRoom);
          else if ("sweep" in step) writer.removeExpired(step.sweep, 2);
          else writer.save(step.save);
          checkIndexes(database);
        }
      } finally {
        database.close();
      }
    }),
    { numRuns: 500 },
  ));

test("sqlite: the indexes lag no further behind than they may", () => {
  const database = new DatabaseSync(":memory:");
  migrate(database);
  const writer = new Writer(database, 1_000);
  let most = 0;
  for (let n = 0; n < 2_000; n++) {
    writer.save([fakeEvent({ content: `${n}`, tags: [["t", "x"]] }).json]); // five rows
    most = Math.max(most, Number(database.prepare("SELECT count(*) AS fresh FROM fresh").get()!.fresh));
  }
  assert.ok(most >= 200 && most <= 300, `${most}`);
  assert.ok(checkIndexes(database) > 8_000);
  database.close();
});

test("sqlite: a list that is replaced before a round takes it never comes to the indexes", () => {
  const database = new DatabaseSync(":memory:");
  migrate(database);
  const writer = new Writer(database, 1_000);
  const tags = Array.from({ length: 300 }, (_, n) => ["p", hex(n)]);
  for (let version = 1; version <= 6; version++) {
    writer.save([fakeEvent({ kind: 3, created_at: version, tags }).json]);
    assert.equal(checkIndexes(database), 0);
  }
  for (let n = 0; n < 400; n++) writer.save([fakeEvent({ content: `${n}` }).json]);
  assert.ok(checkIndexes(database) > 304);
  database.close();
});

test("sqlite: what readers know by heart is bounded, though a list is replaced over and over", () => {
  const database = new DatabaseSync(":memory:");
  migrate(database);
  const writer = new Writer(database, 1_000);
  const tags = Array.from({ length: 96 }, (_, n) => ["p", hex(n)]); // a hundred rows
  let most = 0;
  for (let version = 1; version <= 200; version++) {
    writer.save([fakeEvent({ kind: 3, created_at: version, tags }).json]);
    most = Math.max(most, Number(database.prepare("SELECT count(*) AS stale FROM stale").get()!.stale));
  }
  assert.ok(most >= 15 && most <= 30, `${most}`);
  checkIndexes(database);
  database.close();
});

test("sqlite: whoever vanishes is let go of, though others replace their events all the time", () => {
  const database = new DatabaseSync(":memory:");
  migrate(database);
  const writer = new Writer(database);
  const saveProfiles = (created_at: number) =>
    writer.save(
      Array.from({ length: 40 }, (_, n) => fakeEvent({ kind: 0, pubkey: hex(n), created_at }).json),
    );
  saveProfiles(1);
  const { event, json } = fakeEvent({ pubkey: hex(99) });
  writer.save([json]);
  writer.remove([event.id]);
  const { lastRemoval } = writer;
  let calls = 1;
  for (; !writer.forget([{ pubkey: hex(99), until: event.created_at }], 20, lastRemoval); calls++) {
    saveProfiles(1 + calls);
    assert.ok(calls < 100);
  }
  assert.ok(calls > 1);
  checkIndexes(database);
  const placed = "SELECT count(*) AS rows FROM stale WHERE event_id = ?";
  assert.equal(database.prepare(placed).get(event.id)!.rows, 0);
  database.close();
});
