import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { HyperLogLog } from "../../src/protocol/hyperloglog.ts";
import { Reader } from "../../src/storage/sqlite/reader.ts";
import { migrate } from "../../src/storage/sqlite/schema.ts";
import { walkStatement } from "../../src/storage/sqlite/walk.ts";
import { Writer } from "../../src/storage/sqlite/writer.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const EVENTS = 100_000;
const PERSONS = 500;
const person = (n: number) => hash("sha256", `person ${n % PERSONS}`);

/** Everybody's lists of ten follows, and between them reactions and notes that name somebody. */
function eventOf(n: number) {
  const pubkey = hash("sha256", `author ${n}`), created_at = n;
  if (n % 50 > 0) return fakeEvent({ pubkey, created_at, kind: n % 2 ? 7 : 1, tags: [["p", person(n * n)]] });
  return fakeEvent({
    pubkey,
    created_at,
    kind: 3,
    tags: Array.from({ length: 10 }, (_, at) => ["p", person(n / 50 + 7 * at)]),
  });
}

test("sqlite: COUNT of followers among 100,000 events looks only at what names the followed", () => {
  const database = new DatabaseSync(":memory:");
  try {
    migrate(database);
    const writer = new Writer(database, 10_000);
    const counted = new HyperLogLog(8);
    let naming = 0, followers = 0;
    for (let at = 0; at < EVENTS; at += 5_000) {
      const events = Array.from({ length: 5_000 }, (_, n) => eventOf(at + n));
      writer.save(events.map(({ json }) => json));
      for (
        const { event } of events.filter(({ event }) => event.tags.some(([, named]) => named === person(1)))
      ) {
        naming++;
        if (event.kind !== 3) continue;
        followers++;
        counted.add(event.pubkey);
      }
    }
    assert.ok(followers > 30 && naming < EVENTS / 100, `${followers} of ${naming}`);

    const reader = new Reader(database, { events: 200, size: 100_000, milliseconds: 10_000 });
    const filter = { kinds: [3], tags: [{ name: "p", values: [person(1)] }] };
    const { registers, ...tally } = reader.tally(1, 0, 8, { filters: [filter] });
    assert.deepEqual(tally, { count: followers, looks: naming, done: true });
    assert.deepEqual(registers, counted.registers);
  } finally {
    database.close();
  }
});

test("sqlite: what a key of each index leads to is a range of it, and nothing is sorted", () => {
  const database = new DatabaseSync(":memory:");
  try {
    migrate(database);
    for (const index of ["id", "tag", "author", "kind", "time"] as const) {
      const sql = walkStatement(database, index).sourceSQL;
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map(({ detail }) => String(detail));
      assert.equal(plan.length, 1, plan.join("; "));
      assert.match(plan[0]!, new RegExp(`^SEARCH by_${index} USING PRIMARY KEY`));
    }
  } finally {
    database.close();
  }
});
