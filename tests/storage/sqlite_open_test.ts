import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { StorageError } from "../../src/storage/repository.ts";
import { DATABASE_FILE, openForWriting } from "../../src/storage/sqlite/open.ts";
import { migrate, MIGRATIONS, seedOf, versionOf } from "../../src/storage/sqlite/schema.ts";
import { SqliteRepository } from "../../src/storage/sqlite/sqlite_repository.ts";
import { test } from "../harness.ts";
import { temporaryDirectory } from "./stores.ts";

const refused = (pattern: RegExp) => (error: unknown) =>
  error instanceof StorageError && pattern.test(error.message);

/** Makes a database, lets `change` spoil it, and expects a refusal that leaves the file as it is. */
function refusal(rule: string, pattern: RegExp, change: (file: string) => void): void {
  test(`sqlite: ${rule}, and is left as it is`, async () => {
    using directory = temporaryDirectory();
    openForWriting(directory.path)[Symbol.dispose]();
    const file = join(directory.path, DATABASE_FILE);
    change(file);
    const before = readFileSync(file);
    assert.throws(() => openForWriting(directory.path), refused(pattern));
    await assert.rejects(SqliteRepository.open(directory.path), refused(pattern));
    assert.deepEqual(readFileSync(file), before);
  });
}

function edit(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

refusal(
  "a database of a newer version is refused",
  /newer Longneck .*update/,
  (file) => edit(file, `PRAGMA user_version = ${MIGRATIONS.length + 1}`),
);
refusal(
  "another program's database is refused",
  /not Longneck's/,
  (file) => edit(file, "PRAGMA application_id = 1"),
);
refusal(
  "a file that is no database is refused",
  /damaged or is not an SQLite database/,
  (file) => writeFileSync(file, "not a database, but long enough to be taken for one ".repeat(9)),
);
refusal(
  "a file that is too short is refused",
  /damaged or is not an SQLite database/,
  (file) => writeFileSync(file, "SQLite format 3\0"),
);
refusal("a database with a damaged schema is refused", /damaged/, (file) => {
  const bytes = readFileSync(file);
  bytes.fill(0xff, 100, 4096);
  writeFileSync(file, bytes);
});

test("sqlite: a newer version that stands only in the log is refused too", () => {
  using directory = temporaryDirectory();
  openForWriting(directory.path)[Symbol.dispose]();
  const other = new DatabaseSync(join(directory.path, DATABASE_FILE));
  other.exec(`PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  assert.throws(() => openForWriting(directory.path), refused(/newer Longneck/));
  other.close();
});

test("sqlite: a second writer is refused while the first is open, and welcome afterwards", async () => {
  using directory = temporaryDirectory();
  const first = await SqliteRepository.open(directory.path);
  await assert.rejects(SqliteRepository.open(directory.path), refused(/in use by another Longneck/));
  await first.close();
  await (await SqliteRepository.open(directory.path)).close();
});

test("sqlite: a missing directory is made", async () => {
  using directory = temporaryDirectory();
  await (await SqliteRepository.open(join(directory.path, "a", "b"))).close();
});

test("sqlite: an empty file becomes a database", () => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, DATABASE_FILE), "");
  openForWriting(directory.path)[Symbol.dispose]();
});

test("sqlite: a database keeps its pages' size, and its log the same bytes", () => {
  const told = (directory: string) => {
    using held = openForWriting(directory);
    const one = (pragma: string) => Object.values(held.database.prepare(`PRAGMA ${pragma}`).get()!)[0];
    return [one("page_size"), one("wal_autocheckpoint")];
  };
  using made = temporaryDirectory(), older = temporaryDirectory();
  using database = new DatabaseSync(join(older.path, DATABASE_FILE));
  database.exec("PRAGMA page_size = 4096");
  migrate(database);
  assert.deepEqual([told(made.path), told(older.path)], [[8192, 1024], [4096, 2048]]);
});

test("sqlite: a path that cannot be a directory is refused", async () => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, "file"), "");
  await assert.rejects(SqliteRepository.open(join(directory.path, "file")), refused(/cannot open/));
});

test("sqlite: what is done after closing is refused", async () => {
  using directory = temporaryDirectory();
  const repository = await SqliteRepository.open(directory.path);
  await repository.close();
  await assert.rejects(repository.has("0".repeat(64)), refused(/closed/));
  const query = repository.find([{}], { signal: new AbortController().signal });
  await assert.rejects(async () => await Array.fromAsync(query), refused(/closed/));
});

if (process.getuid?.() === 0) {
  test.skip("sqlite: a directory without permission to write is refused", "root may write everywhere");
} else {
  test("sqlite: a directory without permission to write is refused", () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "closed");
    mkdirSync(path);
    chmodSync(path, 0o555);
    assert.throws(() => openForWriting(path), refused(/cannot/));
  });
}

test("schema: migrations run once each, in order, and one that fails leaves no trace", () => {
  const database = new DatabaseSync(":memory:");
  const steps = [
    "CREATE TABLE a (x)",
    "CREATE TABLE b (x)",
    "CREATE TABLE c (x); INSERT INTO nowhere VALUES (1)",
  ];
  migrate(database, steps.slice(0, 1));
  assert.equal(versionOf(database), 1);
  assert.throws(() => migrate(database, steps));
  assert.equal(versionOf(database), 2);
  const tables = database.prepare("SELECT name FROM sqlite_schema ORDER BY name").all().map(({ name }) =>
    name
  );
  assert.deepEqual(tables, ["a", "b"]);
  database.close();
});

test("schema: every database has its own seed", () => {
  const seeds = [1, 2].map(() => {
    const database = new DatabaseSync(":memory:");
    migrate(database);
    const seed = seedOf(database);
    database.close();
    return seed;
  });
  assert.match(seeds[0]!, /^[0-9A-F]{32}$/);
  assert.notEqual(seeds[0], seeds[1]);
});
