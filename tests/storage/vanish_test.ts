import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DATABASE_FILE, openForWriting } from "../../src/storage/sqlite/open.ts";
import { SqliteRepository } from "../../src/storage/sqlite/sqlite_repository.ts";
import { Writer } from "../../src/storage/sqlite/writer.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { connect, freshDatabase, testOnPostgres } from "../fixtures/postgres.ts";
import { test } from "../harness.ts";
import { openDatabase, openPostgres } from "./postgres_store.ts";
import { openMemory, openSqlite, Store, temporaryDirectory } from "./stores.ts";
import { vanishRules } from "./vanish_rules.ts";

vanishRules("memory", openMemory);
vanishRules("sqlite", openSqlite);
vanishRules("postgres", openPostgres, testOnPostgres);

const ALICE = hex(1), BOB = hex(2);
const request = fakeEvent({ kind: 62, created_at: 1_000, tags: [["relay", "ALL_RELAYS"]] });
const notes = Array.from({ length: 700 }, (_, n) => fakeEvent({ created_at: n, content: `${n}` }));
const toAlice = fakeEvent({ kind: 1_059, created_at: 1, pubkey: hex(7), tags: [["p", ALICE]] });
const deleted = fakeEvent({ kind: 5, created_at: 1, tags: [["e", hex(3)]] });

test("sqlite: nothing of what has vanished is left in the files", async () => {
  using directory = temporaryDirectory();
  const secret = "a secret of a sentence, ".repeat(300);
  const secrets = [
    fakeEvent({ created_at: 1, content: secret }),
    fakeEvent({ created_at: 2, content: "secret", tags: [["t", "x"]] }),
    fakeEvent({ created_at: 3, kind: 0, content: "secret version" }),
    fakeEvent({ created_at: 4, kind: 0, content: "secret too" }),
    fakeEvent({ created_at: 5, kind: 5, content: "secretly", tags: [["e", "a5ec".repeat(16)]] }),
  ];
  const left = fakeEvent({ pubkey: BOB, content: "remains" });
  const holds = (text: string) =>
    readdirSync(directory.path).some((file) => readFileSync(join(directory.path, file)).includes(text));
  await using store = new Store(await SqliteRepository.open(directory.path, { lag: 1_000_000 }));
  await store.save(
    ...secrets,
    left,
    ...Array.from({ length: 20 }, (_, n) => fakeEvent({ pubkey: BOB, content: `${n}` })),
  );
  assert.ok(holds("secret") && holds(secrets[1]!.event.id) && holds("a5ec".repeat(16)));
  await store.save(request);
  assert.equal(holds("secret"), false);
  assert.equal(holds("a5ec".repeat(16)), false);
  for (const { event } of secrets) assert.equal(holds(event.id), false);
  assert.ok(holds("remains"));
});

/** What must be true once a request to vanish that was cut off has been taken up. */
async function isGone(store: Store): Promise<void> {
  assert.deepEqual((await store.save(notes[0]!, toAlice))[0], "vanished"); // before anything is removed
  await store.repository.removeVanished();
  assert.deepEqual(await store.ids({}), [request.event.id]);
  assert.deepEqual(await store.save(notes[0]!, toAlice, deleted), ["vanished", "vanished", "vanished"]);
}

test("sqlite: a crash that cuts off a request to vanish delays it only", async () => {
  using directory = temporaryDirectory();
  {
    using held = openForWriting(directory.path); // a writer alone stores the request, and has no time for more
    const writer = new Writer(held.database);
    writer.save([...notes, toAlice, deleted, request].map(({ json }) => json));
    writer.remove(notes.slice(0, 100).map(({ event }) => event.id));
  }
  await using store = new Store(await SqliteRepository.open(directory.path));
  await isGone(store);
});

test("sqlite: who has vanished stays so after a restart", async () => {
  using directory = temporaryDirectory();
  {
    await using store = new Store(await SqliteRepository.open(directory.path));
    await store.save(...notes, request);
  }
  await using store = new Store(await SqliteRepository.open(directory.path));
  assert.deepEqual(await store.save(notes[9]!), ["vanished"]);
  assert.deepEqual(await store.ids({}), [request.event.id]);
});

test("sqlite: a database of the first version learns to vanish", async () => {
  using directory = temporaryDirectory();
  {
    const { migrate, MIGRATIONS } = await import("../../src/storage/sqlite/schema.ts");
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(join(directory.path, DATABASE_FILE));
    migrate(database, MIGRATIONS.slice(0, 1));
    database.exec(`INSERT INTO deletion VALUES ('${notes[1]!.event.id}', '${ALICE}', 9007199254740991)`);
    database.close();
  }
  await using store = new Store(await SqliteRepository.open(directory.path));
  assert.deepEqual(await store.save(notes[1]!, request, notes[1]!), ["deleted", "stored", "vanished"]);
});

testOnPostgres(
  "postgres: a crash that cuts off a request to vanish delays it only, on any instance",
  async () => {
    await using database = await freshDatabase();
    await using store = new Store(await openDatabase(database.url));
    await store.save(...notes, toAlice, deleted);
    {
      await using admin = connect(database.url);
      const { past, tie } = { past: -request.event.created_at, tie: 1 };
      // As the commit of an instance that went down right after it.
      await admin.sql`UPDATE head SET seq = seq + 1`;
      await admin.sql`
      INSERT INTO event SELECT seq, ${past}, ${tie}, 62, decode(${request.event.id}, 'hex'),
        decode(${ALICE}, 'hex'), NULL, NULL, ${request.json} FROM head`;
      await admin.sql`INSERT INTO vanished VALUES (decode(${ALICE}, 'hex'), 1000, true)`;
    }
    await isGone(store);
  },
);

testOnPostgres("postgres: who vanishes through one instance is refused by the others", async () => {
  await using database = await freshDatabase();
  await using one = new Store(await openDatabase(database.url));
  await using two = new Store(await openDatabase(database.url));
  await two.save(...notes.slice(0, 9));
  assert.deepEqual(await one.save(request), ["stored"]);
  assert.deepEqual(await two.save(notes[0]!, notes[20]!), ["vanished", "vanished"]);
  assert.deepEqual(await two.ids({}), [request.event.id]);
});
