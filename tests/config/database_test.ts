import assert from "node:assert/strict";
import { type ConfigSources, loadConfig } from "../../src/config/load.ts";
import { test } from "../harness.ts";
import { problems } from "./problems.ts";

const URL_OF_SERVER = "postgres://relay:hunter2@db.example:5433/nostr?sslmode=verify-full";
const IN_FILE = "[database]\nengine = 'postgres'";

function chosen(sources: ConfigSources): [engine: string, connection: string | undefined] {
  const { engine, connection } = loadConfig(sources).database;
  return [engine, connection];
}

for (
  const connection of [
    URL_OF_SERVER,
    "postgresql://db/nostr",
    "postgres://",
    "postgres://relay:p%40ss,word@one:5432,two/nostr",
    "postgres://relay@localhost/nostr?search_path=relay",
  ]
) {
  test(`config: the connection ${connection} decides for PostgreSQL`, () => {
    const environment = { NOSTR__DATABASE__CONNECTION: connection, DATABASE_URL: "postgres://another" };
    assert.deepEqual(chosen({ environment }), ["postgres", connection]);
    assert.deepEqual(chosen({ flags: { db: connection }, environment: { PGHOST: "another" } }), [
      "postgres",
      connection,
    ]);
  });
}

for (
  const [rule, environment, connection] of [
    ["DATABASE_URL", { DATABASE_URL: URL_OF_SERVER, PGHOST: "another" }, URL_OF_SERVER],
    ["PGHOST and its like", { PGHOST: "db", PGUSER: "relay" }, "postgres://"],
    ["PGHOST with PGSSLMODE", { PGHOST: "db", PGSSLMODE: "require" }, "postgres://?sslmode=require"],
  ] as const
) {
  test(`config: PostgreSQL without a connection is where ${rule} of the environment says`, () => {
    assert.deepEqual(chosen({ text: IN_FILE, environment }), ["postgres", connection]);
  });
  test(`config: where SQLite has files, ${rule} of the environment is left alone`, () => {
    assert.deepEqual(chosen({ environment }), ["sqlite", undefined]);
  });
  test(`config: without files and without an engine, ${rule} of the environment decides for PostgreSQL`, () => {
    assert.deepEqual(chosen({ environment, hasFiles: false }), ["postgres", connection]);
  });
}

test("config: without files, an engine that is set is kept", () => {
  const environment = { PGHOST: "db", NOSTR__DATABASE__ENGINE: "memory" };
  assert.deepEqual(chosen({ environment, hasFiles: false }), ["memory", undefined]);
});

test("config: without files, nothing that names a server leaves SQLite", () => {
  assert.deepEqual(chosen({ environment: { DATABASE_URL: "" }, hasFiles: false }), ["sqlite", undefined]);
});

test("config: PostgreSQL that nobody names says what to set", () => {
  const [problem = "", ...others] = problems({
    text: IN_FILE,
    environment: { DATABASE_URL: "", PGPORT: "1" },
  });
  assert.deepEqual(others, []);
  for (const name of ["database.connection", "NOSTR__DATABASE__CONNECTION", "DATABASE_URL", "PGHOST"]) {
    assert.ok(problem.includes(name), problem);
  }
});

for (
  const [rule, url] of [
    ["an address that postgres.js can't read", "postgres://relay:hunter2@[::1]/nostr"],
    ["a password that is not escaped", "postgres://relay:hunter2#3@db/nostr"],
    ["another scheme", "mysql://relay:hunter2@db/nostr"],
    ["a port that is none", "postgres://relay:hunter2@db:port/nostr"],
    [
      "a parameter for other clients",
      "postgres://relay:hunter2@db/nostr?sslmode=require&channel_binding=require",
    ],
  ] as const
) {
  test(`config: ${rule} is refused wherever it stands, without showing the password`, () => {
    for (
      const [place, sources] of [
        ["database.connection", { environment: { NOSTR__DATABASE__CONNECTION: url } }],
        ["database.connection", { flags: { db: url } }],
        ["database.connection_write", { text: `[database]\nconnection_write = '${url}'` }],
        ["DATABASE_URL", { text: IN_FILE, environment: { DATABASE_URL: url } }],
      ] as const
    ) {
      const [problem = "", ...others] = problems(sources);
      assert.deepEqual(others, []);
      assert.ok(problem.startsWith(place), problem);
      assert.doesNotMatch(problem, /hunter2/);
    }
  });
}
