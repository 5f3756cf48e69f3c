import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { VerifiedEvent } from "../../src/protocol/event.ts";
import type { Filter } from "../../src/protocol/filter.ts";
import { DELETION } from "../../src/protocol/kind.ts";
import { Privacy } from "../../src/protocol/privacy.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { connect, freshDatabase, testOnPostgres } from "../fixtures/postgres.ts";
import type { PostgresOptions } from "../../src/storage/postgres/postgres_repository.ts";
import { Link } from "../fixtures/link.ts";
import { breakListeners, Instance } from "./postgres_instance.ts";
import { Store } from "./stores.ts";

const ALICE = "a".repeat(64), BOB = "b".repeat(64);
const note = fakeEvent({ pubkey: ALICE, created_at: 1 });
const profile = fakeEvent({ pubkey: ALICE, kind: 0, created_at: 1, tags: [["t", "old"]] });

/** An instance on a database with a note and a profile of Alice's. */
async function started(url: string, options?: Partial<PostgresOptions>) {
  const instance = await Instance.start(url, options);
  await instance.save(note, profile);
  const store = new Store(instance.repository);
  return {
    instance,
    store,
    /** Whether it answers without the database, whose tables are out of its reach for as long. */
    async remembers(filter: Filter): Promise<boolean> {
      await using admin = connect(url);
      await admin.sql`ALTER TABLE event RENAME TO aside`;
      try {
        return await store.ids(filter).then(() => true, () => false);
      } finally {
        await admin.sql`ALTER TABLE aside RENAME TO event`;
      }
    },
    [Symbol.asyncDispose]: () => instance[Symbol.asyncDispose](),
  };
}

const byAlice = { authors: [ALICE] };

testOnPostgres("postgres: who asks what was asked before is answered without the database", async () => {
  await using database = await freshDatabase();
  await using relay = await started(database.url);
  for (const [filter, ids] of [[byAlice, [note, profile]], [{ authors: [BOB] }, []]] as const) {
    assert.equal(await relay.remembers(filter), false);
    await relay.store.ids(filter);
    assert.equal(await relay.remembers(filter), true);
    assert.deepEqual(await relay.store.ids(filter), ids.map(({ event }) => event.id).sort());
  }
});

const changes: [what: string, event: VerifiedEvent, filter: Filter][] = [
  ["an event that passes it", fakeEvent({ pubkey: ALICE, content: "new" }), byAlice],
  [
    "a request to delete one of its events",
    fakeEvent({ pubkey: ALICE, kind: DELETION, tags: [["e", note.event.id]] }),
    { kinds: [1] },
  ],
  [
    "a new version, though that does not pass it",
    fakeEvent({ pubkey: ALICE, kind: 0, created_at: 2 }),
    { tags: [{ name: "t", values: ["old"] }] },
  ],
];

for (const [what, event, filter] of changes) {
  testOnPostgres(
    `postgres: an answer is remembered no more after ${what}, saved by this instance or another`,
    async () => {
      for (const isElsewhere of [false, true]) {
        await using database = await freshDatabase();
        await using relay = await started(database.url);
        await using other = await Instance.start(database.url);
        const saveThere = async (event: VerifiedEvent) => {
          await (isElsewhere ? other : relay.instance).save(event);
          const { feed } = relay.instance.repository.bus;
          while (feed.known < other.repository.bus.feed.known) await nextTurn();
        };
        const before = await relay.store.ids(filter);
        await saveThere(fakeEvent({ pubkey: BOB, kind: 7 }));
        assert.equal(await relay.remembers(filter), true, "a change that concerns others");
        await saveThere(event);
        assert.equal(await relay.remembers(filter), false);
        assert.notDeepEqual(await relay.store.ids(filter), before);
      }
    },
  );
}

testOnPostgres(
  "postgres: what is saved, here or elsewhere, ends answers though it has the number of what a failover has lost",
  async () => {
    for (const isElsewhere of [false, true]) {
      await using database = await freshDatabase();
      await using admin = connect(database.url);
      await using relay = await started(database.url);
      await using other = await Instance.start(database.url);
      const byBob = { authors: [BOB] },
        saved = fakeEvent({ pubkey: BOB }),
        after = fakeEvent({ kind: 20_000 });
      assert.deepEqual(await relay.store.ids(byBob), []);
      await admin.sql`UPDATE head SET seq = 1`;
      await admin.sql`DELETE FROM event WHERE seq = 2`;
      await (isElsewhere ? other : relay.instance).save(saved);
      await other.repository.bus.send(after);
      await relay.instance.inbox.gets(after);
      assert.deepEqual(await relay.store.ids(byBob), [saved.event.id]);
    }
  },
);

testOnPostgres(
  "postgres: who has heard of nothing yet greets itself, by a word that older relays know",
  async () => {
    await using database = await freshDatabase();
    await using admin = connect(database.url);
    const heard: string[] = [];
    const [row] = await admin.sql`SELECT 'longneck_' || md5(current_schema()) AS channel`;
    await admin.sql.listen(row!.channel, (notification) => heard.push(notification));
    await using relay = await Instance.start(database.url);
    const { bus } = relay.repository;
    for (const end = performance.now() + 10_000; !bus.isUpToDate || heard.length === 0; await nextTurn()) {
      assert.ok(performance.now() < end);
    }
    assert.deepEqual(heard, [`passing ${bus.instance}-0`]);
  },
);

testOnPostgres(
  "postgres: while it does not listen nothing is remembered, and what was missed ends all",
  async () => {
    await using database = await freshDatabase();
    await using admin = connect(database.url);
    await using relay = await started(database.url);
    await relay.store.ids(byAlice);
    await admin.sql`UPDATE head SET seq = seq + 1`;
    await breakListeners(database.url);
    const { bus } = relay.instance.repository, { known } = bus.feed;
    while (bus.state.listening) await nextTurn();
    assert.equal(bus.isUpToDate, false);
    while (!bus.state.listening) await nextTurn();
    assert.equal(bus.feed.known, known + 1);
    assert.equal(await relay.remembers(byAlice), false);
    await relay.store.ids(byAlice);
    assert.equal(await relay.remembers(byAlice), true);
  },
);

testOnPostgres(
  "postgres: over a new connection to the primary all is forgotten, as it may be another server",
  async () => {
    await using database = await freshDatabase();
    await using admin = connect(database.url);
    await using relay = await started(database.url);
    assert.equal((await relay.store.ids(byAlice)).length, 2);
    await admin.sql`DELETE FROM event`; // with the same `head`
    await admin.sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE '%transaction_read_only%' AND pid <> pg_backend_pid()`;
    const end = performance.now() + 10_000;
    while ((await relay.store.ids(byAlice)).length > 0) {
      assert.ok(performance.now() < end);
      await admin.sql`SELECT`; // it is asked for a sign of life each second
    }
  },
);

testOnPostgres(
  "postgres: who becomes another reader meanwhile leaves nothing private to those who are not",
  async () => {
    await using database = await freshDatabase();
    await using instance = await Instance.start(database.url, { page: { events: 1, bytes: 1_000 } });
    const store = new Store(instance.repository), { signal } = store;
    await instance.save(note, fakeEvent({ pubkey: BOB, kind: 4, created_at: 0 }));
    const readers = new Set<string>(), kinds = new Set([4]), seen: string[] = [];
    for await (
      const page of instance.repository.find([{ privacy: new Privacy(kinds, readers) }], { signal })
    ) {
      readers.add(BOB);
      seen.push(...page);
    }
    assert.deepEqual(seen, [note.json]);
    assert.deepEqual(await store.find({ privacy: new Privacy(kinds, new Set()) }), [note.json]);
  },
);

testOnPostgres("postgres: an answer is remembered until the first of its events expires", async () => {
  await using database = await freshDatabase();
  let now = 10;
  await using relay = await started(database.url, { now: () => now, page: { events: 1, bytes: 1_000 } });
  const expiring = ["30", "20"].map((at, created_at) =>
    fakeEvent({ pubkey: ALICE, created_at: created_at + 2, tags: [["expiration", at]] })
  );
  await relay.instance.save(...expiring);
  const profiles = { ...byAlice, kinds: [0] };
  for (const filter of [byAlice, profiles]) await relay.store.ids(filter);
  now = 19;
  assert.equal(await relay.remembers(byAlice), true);
  now = 20;
  assert.equal(await relay.remembers(byAlice), false);
  assert.equal(await relay.remembers(profiles), true);
  assert.deepEqual(
    await relay.store.ids(byAlice),
    [expiring[0]!, note, profile].map(({ event }) => event.id).sort(),
  );
  assert.equal(await relay.remembers(byAlice), true);
  now = 30;
  assert.equal(await relay.remembers(byAlice), false);
});

testOnPostgres(
  "postgres: who takes the rest of an answer when it is good no more gets what is then in its place",
  async () => {
    await using database = await freshDatabase();
    let now = 10;
    await using relay = await started(database.url, { now: () => now, page: { events: 1, bytes: 1_000 } });
    const first = fakeEvent({ pubkey: ALICE, created_at: 3 });
    const expiring = fakeEvent({ pubkey: ALICE, created_at: 2, tags: [["expiration", "20"]] });
    await relay.instance.save(first, expiring);
    const filter = { ...byAlice, kinds: [1], limit: 2 };
    assert.deepEqual(await relay.store.find(filter), [first.json, expiring.json]);
    assert.equal(await relay.remembers(filter), true);
    const given: string[] = [];
    for await (const page of relay.instance.repository.find([filter], { signal: relay.store.signal })) {
      given.push(...page);
      now = 20;
    }
    assert.deepEqual(given, [first.json, note.json]);
  },
);

testOnPostgres(
  "postgres: nothing is remembered where a pooler passes on no notifications of others",
  async () => {
    await using database = await freshDatabase();
    await using admin = connect(database.url);
    await admin.sql.unsafe(`
    CREATE FUNCTION public.pg_notify(text, text) RETURNS void LANGUAGE sql AS
    'SELECT pg_catalog.pg_notify($1, $2) WHERE EXISTS (SELECT FROM pg_listening_channels())'`);
    const name = new URL(database.url).pathname.slice(1);
    await admin.sql.unsafe(`ALTER DATABASE ${name} SET search_path = public, pg_catalog`);
    await using relay = await started(database.url);
    await relay.store.ids(byAlice);
    assert.equal(await relay.remembers(byAlice), false);
  },
);

testOnPostgres(
  "postgres: nothing is remembered while a commit is known of, but not what it changed",
  async () => {
    await using database = await freshDatabase();
    await using relay = await started(database.url);
    await relay.store.ids(byAlice);
    const { feed } = relay.instance.repository.bus;
    feed.announce(feed.known + 1);
    assert.equal(await relay.remembers(byAlice), false);
  },
);

testOnPostgres("postgres: nothing is remembered while what would be told of may not be heard", async () => {
  await using database = await freshDatabase();
  await using link = await Link.open(database.url);
  await using relay = await started(link.url, { rhythm: { beat: 20 } });
  const { bus } = relay.instance.repository;
  while (!bus.isUpToDate) await nextTurn();
  link.freeze();
  while (bus.isUpToDate) await nextTurn();
  assert.equal(bus.state.listening, true, "nobody has noticed yet");
});

testOnPostgres(
  "postgres: what fills a notification is told, and of what would not fit that there was something",
  async () => {
    await using database = await freshDatabase();
    await using relay = await started(database.url);
    await using other = await Instance.start(database.url);
    for (const [tags, isTold] of [[971, true], [972, false]] as const) {
      await relay.store.ids(byAlice);
      const values = Array.from({ length: tags }, (_, n) => ["t", `${n}`]);
      const event = fakeEvent({ pubkey: BOB, tags: values, content: `${tags}` });
      await other.save(event);
      await relay.instance.inbox.gets(event);
      assert.equal(await relay.remembers(byAlice), isTold);
    }
  },
);

testOnPostgres(
  "postgres: nothing is remembered while an own commit is told of, but not known of, as a replica may lack it",
  async () => {
    await using database = await freshDatabase();
    await using admin = connect(database.url);
    await using relay = await started(database.url);
    await relay.store.ids(byAlice);
    const { feed, instance, answers } = relay.instance.repository.bus, { known } = feed;
    const told = `stored ${instance} ${known + 1} ${known} `;
    await admin.sql`SELECT pg_notify('longneck_' || md5(current_schema()), ${told})`;
    while (!answers.reaches(known + 1)) await nextTurn();
    assert.equal(await relay.remembers(byAlice), false);
    feed.announce(known + 1);
    assert.equal(await relay.remembers(byAlice), true);
  },
);
