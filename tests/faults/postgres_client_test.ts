import assert from "node:assert/strict";
import { Client } from "../../src/storage/postgres/client.ts";
import { Pool } from "../../src/storage/postgres/pool.ts";
import { StorageError } from "../../src/storage/repository.ts";
import { freshDatabase, testOnPostgres } from "../fixtures/postgres.ts";
import { Proxy } from "../fixtures/proxy.ts";
import { connectTo, until, waitingForLock } from "./broken_store.ts";

const never = new AbortController().signal;

/** Statements of all kinds that the relay has: simple, with parameters for the first time and again, in transactions. */
async function work(url: string): Promise<void> {
  const client = await Client.connect({ url, statementTimeoutSeconds: 5 }, never);
  try {
    await client.run({ text: "BEGIN; SELECT 1; SELECT 2", values: [] });
    for (const value of ["a", "b"]) {
      const [row] = await client.run({ text: "SELECT $1::text", values: [value] });
      assert.deepEqual(row, [value]);
    }
    await client.run({ text: "COMMIT", values: [] });
  } finally {
    await client.close();
  }
}

testOnPostgres(
  "client: wherever in the answers the connection breaks, a StorageError is all that comes of it",
  async () => {
    await using database = await freshDatabase();
    await using proxy = await Proxy.before(database.url);
    let broken = 0;
    for (let bytes = 1; broken !== -1; bytes += 13) {
      proxy.answerBytes = bytes;
      try {
        await work(proxy.url);
        broken = -1;
      } catch (error) {
        assert.ok(error instanceof StorageError, String(error));
        assert.equal(error.explanation, "the store cannot be reached");
        broken++;
      }
    }
  },
);

testOnPostgres("client: a cancellation that can't be delivered harms nobody", async () => {
  await using database = await freshDatabase();
  await using proxy = await Proxy.before(database.url);
  const client = await Client.connect({ url: proxy.url, statementTimeoutSeconds: 5 }, never);
  await using admin = connectTo(database.url);
  const failing = assert.rejects(client.run({ text: "SELECT pg_sleep(60)", values: [] }, 200), /0\.2 s/);
  const running = () => admin`SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'`;
  await until("the statement", async () => (await running()).length);
  proxy.refuse();
  client.cancel();
  await failing;
  assert.equal(client.isUsable, false);
});

testOnPostgres("client: settings of the URL go before its own", async () => {
  await using database = await freshDatabase();
  const url = `${database.url}?statement_timeout=7000`;
  const client = await Client.connect({ url, statementTimeoutSeconds: 5 }, never);
  const text = "SELECT current_setting('statement_timeout'), current_setting('enable_seqscan')";
  const [row] = await client.run({ text, values: [] });
  assert.deepEqual(row, ["7s", "off"]);
  await client.close();
});

const one = { text: "SELECT 1", values: [] };
const locked = { text: "SELECT pg_advisory_lock($1::int)", values: [1] };

testOnPostgres("pool: a read survives the loss of all connections at once, the idle ones too", async () => {
  await using database = await freshDatabase();
  await using proxy = await Proxy.before(database.url);
  await using admin = connectTo(database.url);
  const pool = new Pool({ url: proxy.url, statementTimeoutSeconds: 30, size: 8, patience: 5_000 });
  const passing = (lock: number) => ({ text: "SELECT pg_advisory_lock_shared($1::int)", values: [lock] });
  await admin`SELECT pg_advisory_lock(1), pg_advisory_lock(2), pg_advisory_lock(3)`;
  // Four connections. The one that was made first, and will be cut first, is free last and so the next to be taken. Bun
  // then hears of one after the other; Deno of all before it goes on.
  const first = pool.run(passing(1)), others = [2, 2, 2].map((lock) => pool.run(passing(lock)));
  await waitingForLock(admin, 4);
  await admin`SELECT pg_advisory_unlock(2)`;
  await Promise.all(others);
  await admin`SELECT pg_advisory_unlock(1)`;
  await first;

  const answer = pool.read(passing(3));
  await waitingForLock(admin, 1);
  proxy.cut();
  await admin`SELECT pg_advisory_unlock(3)`;
  assert.equal((await answer).length, 1);
  await pool.close();
});

testOnPostgres(
  "pool: who waits too long for a turn gives up, and takes none along; closing ends all waiting",
  async () => {
    await using database = await freshDatabase();
    await using admin = connectTo(database.url);
    await admin`SELECT pg_advisory_lock(1)`;
    const pool = new Pool({ url: database.url, statementTimeoutSeconds: 30, size: 1, patience: 1 });
    const first = pool.run(locked);
    await assert.rejects(pool.run(one), { explanation: "the store is busy" });
    await admin`SELECT pg_advisory_unlock(1)`;
    await first;
    assert.equal((await pool.run(one)).length, 1);

    await admin`SELECT FROM pg_advisory_lock(2)`;
    const last = pool.run({ ...locked, values: [2] });
    await until("the last", async () => (await admin`SELECT FROM pg_locks WHERE NOT granted`).length);
    const waiting = assert.rejects(pool.run(one), /closed|became free/);
    const closing = pool.close();
    await waiting;
    await admin`SELECT FROM pg_advisory_unlock(2)`;
    await Promise.all([last, closing]);
    await assert.rejects(pool.run(one), /closed/);
  },
);
