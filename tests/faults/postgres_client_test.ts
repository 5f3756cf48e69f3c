import assert from "node:assert/strict";
import { Client } from "../../src/storage/postgres/client.ts";
import { StorageError } from "../../src/storage/repository.ts";
import { freshDatabase, testOnPostgres } from "../fixtures/postgres.ts";
import { Proxy } from "../fixtures/proxy.ts";

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
    for (let bytes = 1; broken !== -1; bytes += 7) {
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
