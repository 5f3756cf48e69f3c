import assert from "node:assert/strict";
import { existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { UsageError } from "../../src/cli/arguments.ts";
import { migrate } from "../../src/cli/migrate.ts";
import type { VerifiedEvent } from "../../src/protocol/event.ts";
import { SqliteRepository } from "../../src/storage/sqlite/sqlite_repository.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { freshDatabase, testOnPostgres } from "../fixtures/postgres.ts";
import { test } from "../harness.ts";
import { Store, temporaryDirectory } from "../storage/stores.ts";

const notes = Array.from({ length: 300 }, (_, n) => fakeEvent({ created_at: n, content: `${n}` }));
const figures = (output: string) => output.split("\n").filter((line) => line.startsWith("  "));

interface Run {
  readonly code: number;
  readonly printed: string;
  readonly complaints: string;
}

/** Runs the command as it is run where there is no terminal. @param stop Aborted by the first line printed. */
async function run(from: string, to: string, stop?: AbortController): Promise<Run> {
  const printed: string[] = [], complaints: string[] = [];
  const code = await migrate({ command: "migrate", from, to }, {
    print(text) {
      printed.push(text);
      stop?.abort(new Error("enough"));
    },
    complain: (text) => complaints.push(text),
    screen: { write() {} },
    signal: (stop ?? new AbortController()).signal,
  });
  return { code, printed: printed.join("\n"), complaints: complaints.join("\n") };
}

/** Makes a database in a directory, or opens the one that is there, and saves events. */
async function fill(directory: string, ...events: VerifiedEvent[]): Promise<void> {
  await using store = new Store(await SqliteRepository.open(directory));
  await store.save(...events);
}

async function heldBy(directory: string): Promise<string[]> {
  await using store = new Store(await SqliteRepository.open(directory));
  return await store.find({});
}

function places(): Disposable & { readonly from: string; readonly to: string } {
  const folder = temporaryDirectory();
  return {
    from: join(folder.path, "from"),
    to: join(folder.path, "to"),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

test("migrate: all events come over, and running it again finds them there", async () => {
  using at = places();
  await fill(at.from, ...notes);
  const first = await run(at.from, `sqlite:${at.to}`);
  assert.deepEqual({ code: first.code, complaints: first.complaints }, { code: 0, complaints: "" });
  assert.match(first.printed, /^The source holds 300 events, the target 0\.$/m);
  assert.match(first.printed, /^The source holds 300 events now, the target 300\.\nEverything is where/m);
  assert.deepEqual(figures(first.printed).map((line) => line.trim()), [
    "300  read",
    "300  stored",
    "0  already there",
  ]);
  assert.deepEqual(await heldBy(at.to), await heldBy(at.from));

  const second = await run(at.from, at.to);
  assert.equal(second.code, 0);
  assert.match(second.printed, /^ +0 {2}stored\n +300 {2}already there$/m);
});

testOnPostgres("migrate: from SQLite to PostgreSQL and back", async () => {
  using at = places();
  await using database = await freshDatabase();
  await fill(at.from, ...notes);
  for (const [from, to] of [[at.from, database.url], [database.url, at.to]] as const) {
    const { code, printed, complaints } = await run(from, to);
    assert.deepEqual({ code, complaints }, { code: 0, complaints: "" });
    assert.match(printed, /^The source holds 300 events now, the target 300\.$/m);
  }
  assert.deepEqual(await heldBy(at.to), await heldBy(at.from));
});

test("migrate: stopped, it says so and how to go on, and the next run does", async () => {
  using at = places();
  await fill(at.from, ...notes);
  const stopped = await run(at.from, at.to, new AbortController());
  assert.equal(stopped.code, 1);
  assert.match(stopped.complaints, /^Stopped\. What is stored stays: run the same command again/);
  assert.equal((await run(at.from, at.to)).code, 0);
  assert.deepEqual(await heldBy(at.to), await heldBy(at.from));
});

test("migrate: expired events are counted and left behind, which is no fault", async () => {
  using at = places();
  const expired = [1, 2].map((n) => fakeEvent({ created_at: n, tags: [["expiration", "1500000000"]] }));
  await fill(at.from, ...notes, ...expired);
  const { code, printed } = await run(at.from, at.to);
  assert.equal(code, 0);
  assert.match(printed, /^ +2 {2}expired, left behind$/m);
  assert.match(printed, /^The source holds 302 events now, the target 300\.$/m);
});

test("migrate: a row that is no event is told of, and makes it a failure; the others come over", async () => {
  using at = places();
  await fill(at.from, ...notes);
  const database = new DatabaseSync(join(at.from, "longneck.db"));
  database.exec("UPDATE event SET json = replace(json, '\"kind\"', '\"king\"') WHERE seq IN (7, 8)");
  database.close();
  const { code, printed, complaints } = await run(at.from, at.to);
  assert.equal(code, 1);
  assert.match(printed, /^ +298 {2}stored\n.*\n +2 {2}unreadable$/m);
  assert.equal(complaints.match(/^unreadable: .*kind must be/gm)?.length, 2);
  assert.match(complaints, /^2 events of the source could not be carried over/m);
});

test("migrate: a source that is not there is an error, and is not made", async () => {
  using at = places();
  const { code, complaints } = await run(at.from, at.to);
  assert.equal(code, 1);
  assert.equal(complaints, `--from: there is no database in ${at.from}`);
  assert.ok(!existsSync(at.from) && !existsSync(at.to));
});

test("migrate: a store can't be migrated to itself, by whatever name", async () => {
  using at = places();
  await fill(at.from, ...notes);
  symlinkSync(at.from, at.to);
  for (const to of [at.from, `sqlite:${at.from}/`, at.to]) {
    const { code, complaints } = await run(at.from, to);
    assert.deepEqual({ code, complaints }, { code: 1, complaints: "--from and --to name the same store" });
  }
});

test("migrate: what a relay has open is refused, and which of the two it is", async () => {
  using at = places();
  await fill(at.from, ...notes);
  await fill(at.to);
  for (const [flag, directory] of [["--from", at.from], ["--to", at.to]] as const) {
    await using _relay = new Store(await SqliteRepository.open(directory));
    const { code, complaints } = await run(at.from, at.to);
    assert.equal(code, 1);
    assert.ok(complaints.startsWith(`${flag}: ${directory} is in use by another Longneck`), complaints);
  }
});

test("migrate: a server that does not answer is named without its password", async () => {
  using at = places();
  await fill(at.from, ...notes);
  const { code, complaints } = await run(at.from, "postgres://me:hunter2@127.0.0.1:1/events");
  assert.equal(code, 1);
  assert.match(complaints, /^--to: PostgreSQL: .*127\.0\.0\.1:1\b/);
  assert.doesNotMatch(complaints, /hunter2/);
});

for (
  const [from, to, complaint] of [
    ["memory:", "./data", /^--from memory: keeps nothing/],
    ["./data", "memory:", /^--to memory: keeps nothing/],
    ["mysql://u:hunter2@host/db", "./data", /^--from: .*expected sqlite:DIR.*postgres:/],
    ["./data", "postgres:", /^--to: .*postgres:/],
  ] as const
) {
  test(`migrate: from ${from} to ${to} is refused in one sentence`, async () => {
    await assert.rejects(run(from, to), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, complaint);
      assert.doesNotMatch(error.message, /\n|hunter2|--db/);
      return true;
    });
  });
}
