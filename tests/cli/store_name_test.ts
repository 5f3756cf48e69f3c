import assert from "node:assert/strict";
import { storeName } from "../../src/cli/store_name.ts";
import { loadConfig } from "../../src/config/load.ts";
import { test } from "../harness.ts";

for (
  const [connection, environment, expected] of [
    ["memory:", {}, "memory: nothing is kept"],
    ["sqlite:/var/lib/longneck", {}, "SQLite in /var/lib/longneck"],
    ["postgres://relay:hunter2@db:5433/nostr?sslmode=require", {}, "PostgreSQL at db:5433/nostr"],
    ["postgres://relay:hun%40er2@one,two:5433/nostr", {}, "PostgreSQL at one:5432,two:5433/nostr"],
    ["postgres://", { PGHOST: "db", PGPORT: "5433", PGDATABASE: "nostr" }, "PostgreSQL at db:5433/nostr"],
    ["postgres:///?user=relay", {}, "PostgreSQL at localhost:5432"],
  ] as const
) {
  test(`the store ${connection} is called ${expected}`, () => {
    const { database } = loadConfig({ flags: { db: connection } });
    assert.equal(storeName(database, environment), expected);
  });
}
