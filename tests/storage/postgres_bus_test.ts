import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { DELETION } from "../../src/protocol/kind.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { connect, freshDatabase, testOnPostgres } from "../fixtures/postgres.ts";
import type { VerifiedEvent } from "../../src/protocol/event.ts";
import { breakListeners, Instance, notes } from "./postgres_instance.ts";
import { Store } from "./stores.ts";

const idOf = ({ event }: VerifiedEvent) => event.id;

async function query(url: string, ...statements: string[]): Promise<void> {
  await using admin = connect(url);
  for (const statement of statements) await admin.sql.unsafe(statement);
}

testOnPostgres(
  "bus: what one instance stores comes to all, its own included, in the same order",
  async () => {
    await using database = await freshDatabase();
    await using one = await Instance.start(database.url);
    await using two = await Instance.start(database.url);
    const [ofOne, ofTwo] = [notes(300, 1), notes(300, 2)];
    for (let n = 0; n < 300; n += 10) {
      await Promise.all([one.save(...ofOne.slice(n, n + 10)), two.save(...ofTwo.slice(n, n + 10))]);
    }
    for (const { inbox } of [one, two]) await inbox.gets(...ofOne, ...ofTwo);
    assert.deepEqual(one.inbox.ids, two.inbox.ids);
    assert.equal(one.inbox.events.length, 600);
  },
);

testOnPostgres(
  "bus: a listener that is cut off again and again misses nothing, and gets nothing twice",
  async () => {
    await using database = await freshDatabase();
    await using writer = await Instance.start(database.url);
    await using reader = await Instance.start(database.url);
    const events = notes(600);
    for (let n = 0; n < events.length; n += 20) {
      await writer.save(...events.slice(n, n + 20));
      if (n % 100 === 0) await breakListeners(database.url);
    }
    for (const { inbox } of [writer, reader]) {
      await inbox.gets(...events);
      assert.deepEqual(inbox.ids, events.map(({ event }) => event.id));
    }
  },
);

testOnPostgres("bus: an event that goes before its turn has come does not come", async () => {
  await using database = await freshDatabase();
  await using writer = await Instance.start(database.url);
  await using reader = await Instance.start(database.url);
  const [old, doomed, last] = [
    fakeEvent({ kind: 0, created_at: 1 }),
    fakeEvent({ content: "doomed" }),
    fakeEvent({ content: "last" }),
  ];
  const renewed = fakeEvent({ kind: 0, created_at: 2 });
  const deletion = fakeEvent({ kind: DELETION, tags: [["e", doomed.event.id]] });
  const letGo = reader.inbox.hold();
  const first = fakeEvent({ content: "first" });
  await writer.save(first);
  await writer.save(old, doomed);
  await writer.save(renewed, deletion, last);
  letGo();
  await reader.inbox.gets(first, renewed, deletion, last);
  assert.equal(reader.inbox.ids.at(-1), last.event.id);
  assert.equal(new Set(reader.inbox.ids).size, reader.inbox.ids.length);
});

testOnPostgres(
  "bus: an event that a query finds before the bus has brought it may come, until it has",
  async () => {
    await using database = await freshDatabase();
    await using writer = await Instance.start(database.url);
    await using reader = await Instance.start(database.url);
    const { bus } = reader.repository;
    const letGo = reader.inbox.hold();
    const [first, second] = notes(2);
    await writer.save(first!);
    await writer.save(second!);
    assert.deepEqual((await new Store(reader.repository).ids({})).sort(), [first!, second!].map(idOf).sort());
    assert.deepEqual([first!, second!].map((event) => bus.mayCome(idOf(event))), [true, true]);
    letGo();
    await reader.inbox.gets(first!, second!);
    while (bus.state.behind > 0) await nextTurn();
    assert.deepEqual(reader.inbox.ids, [first!, second!].map(idOf));
    assert.deepEqual([first!, second!].map((event) => bus.mayCome(idOf(event))), [false, false]);
  },
);

testOnPostgres("bus: an ephemeral event comes to the other instances once, and not back", async () => {
  await using database = await freshDatabase();
  await using one = await Instance.start(database.url);
  await using two = await Instance.start(database.url);
  await using three = await Instance.start(database.url);
  const events = notes(200);
  await Promise.all(events.map((event) => one.repository.bus.send(event)));
  for (const { inbox } of [two, three]) {
    await inbox.gets(...events);
    assert.deepEqual(inbox.events, events);
  }
  const back = fakeEvent({ content: "back" });
  await two.repository.bus.send(back);
  await one.inbox.gets(back);
  assert.deepEqual(one.inbox.events, [back]);
});

testOnPostgres("bus: an ephemeral event sent while a listener is away comes when it is back", async () => {
  await using database = await freshDatabase();
  await using sender = await Instance.start(database.url);
  const events = notes(60);
  for (const event of events.slice(0, 20)) await sender.repository.bus.send(event); // before its time
  await using reader = await Instance.start(database.url);
  for (const [n, event] of events.slice(20).entries()) {
    await sender.repository.bus.send(event);
    if (n % 8 === 0) await breakListeners(database.url);
  }
  await reader.inbox.gets(...events.slice(20));
  assert.equal(reader.inbox.events.length, 40);
});

testOnPostgres("bus: what no notification has told is found at the next beat", async () => {
  await using database = await freshDatabase();
  const [stored, sent] = notes(2);
  // As behind a pooler that passes on no notifications.
  await query(
    database.url,
    "CREATE FUNCTION public.pg_notify(text, text) RETURNS void LANGUAGE sql AS ''",
    `ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET search_path = public, pg_catalog`,
  );
  await using muted = await Instance.start(database.url);
  await using deaf = await Instance.start(database.url);
  await using asking = await Instance.start(database.url, { rhythm: { beat: 20 } });
  await muted.save(stored!);
  await muted.repository.bus.send(sent!);
  await asking.inbox.gets(stored!, sent!);
  assert.deepEqual(deaf.inbox.events, []);
});

testOnPostgres("bus: instances in different schemas of a database don't hear each other", async () => {
  await using database = await freshDatabase();
  await query(database.url, "CREATE SCHEMA other");
  const url = new URL(database.url);
  url.searchParams.set("search_path", "other");
  await using here = await Instance.start(database.url);
  await using there = await Instance.start(url.href);
  await using neighbour = await Instance.start(database.url);
  const [a, b] = notes(2);
  await here.save(a!);
  await here.repository.bus.send(b!);
  await neighbour.inbox.gets(a!, b!);
  const [c, d] = notes(2, 2);
  await there.save(c!);
  await there.inbox.gets(c!);
  await there.repository.bus.send(d!);
  assert.deepEqual(there.inbox.events, [c]);
  assert.deepEqual(here.inbox.events, [a]);
});

testOnPostgres(
  "bus: all instances hear of each change of the records, and at their start where these are",
  async () => {
    await using database = await freshDatabase();
    await using one = await Instance.start(database.url);
    await using two = await Instance.start(database.url);
    const { records } = one.repository;
    assert.equal(two.inbox.recordsVersion, 0);
    assert.equal(await records.write(0, [{ kind: "x", key: "a", value: "1" }]), true);
    for (const { inbox } of [one, two]) {
      await inbox.until(() => inbox.recordsVersion === 1, () => "version 1");
    }
    assert.deepEqual(await two.repository.records.read(), await records.read());
    await using three = await Instance.start(database.url);
    assert.equal(three.inbox.recordsVersion, 1);
  },
);

testOnPostgres(
  "bus: of two instances that change the records at once, one is told to look again",
  async () => {
    await using database = await freshDatabase();
    await using one = await Instance.start(database.url);
    await using two = await Instance.start(database.url);
    for (let version = 0; version < 20; version++) {
      const writes = [one, two].map(({ repository }, n) =>
        repository.records.write(version, [{ kind: "x", key: `${version} ${n}`, value: "1" }])
      );
      assert.deepEqual((await Promise.all(writes)).sort(), [false, true]);
    }
    const { version, records } = await one.repository.records.read();
    assert.deepEqual([version, records.length], [20, 20]);
  },
);

testOnPostgres("bus: ephemeral events are kept for two minutes", async () => {
  await using database = await freshDatabase();
  await using sender = await Instance.start(database.url);
  const [old, young] = notes(2);
  await using admin = connect(database.url);
  const { sql } = admin;
  await sender.repository.bus.send(old!);
  await sql`UPDATE passing SET sent_at = sent_at - interval '20 seconds'`;
  await sender.repository.bus.send(young!);
  await sql`UPDATE passing SET sent_at = sent_at - interval '110 seconds'`;
  await using _clearing = await Instance.start(database.url, { rhythm: { beat: 10, clearing: 0 } });
  let left = await sql`SELECT json FROM passing`;
  for (const end = performance.now() + 10_000; left.length > 1 && performance.now() < end;) {
    left = await sql`SELECT json FROM passing`;
  }
  assert.deepEqual(left.map(({ json }) => json), [young!.json]);
});

testOnPostgres("bus: a single instance reads nothing of what it has stored itself", async () => {
  await using database = await freshDatabase();
  let now = 1_800_000_000;
  await using single = await Instance.start(database.url, { now: () => now });
  const expiring = fakeEvent({ tags: [["expiration", `${now + 1}`]] });
  const [before, after] = [notes(30, 1), notes(30, 2)];
  for (const event of before) await single.save(event);
  await single.save(expiring);
  now += 2;
  assert.equal(await single.repository.removeExpired(), 1);
  await Promise.all(after.map((event) => single.save(event)));
  await single.inbox.gets(...before, expiring, ...after);
  assert.equal(single.inbox.events.length, 61);
  assert.equal(single.repository.bus.state.received, 0);
});
