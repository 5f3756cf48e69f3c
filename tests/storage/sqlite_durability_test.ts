import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { StorageError } from "../../src/storage/repository.ts";
import { DATABASE_FILE, openForWriting } from "../../src/storage/sqlite/open.ts";
import { SqliteRepository } from "../../src/storage/sqlite/sqlite_repository.ts";
import { Writer } from "../../src/storage/sqlite/writer.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { openSqlite, Store, temporaryDirectory } from "./stores.ts";

test("sqlite: events, deletions and replacements outlast closing", async () => {
  using directory = temporaryDirectory();
  const kept = fakeEvent({ content: "kept", tags: [["t", "x"]] }), gone = fakeEvent({ content: "gone" });
  const request = fakeEvent({ kind: 5, tags: [["e", gone.event.id]] });
  {
    await using store = new Store(await SqliteRepository.open(directory.path));
    await store.save(kept, gone, request);
  }
  assert.equal(existsSync(join(directory.path, `${DATABASE_FILE}-wal`)), false);
  await using store = new Store(await SqliteRepository.open(directory.path, { readers: 3 }));
  assert.deepEqual(await store.save(kept, gone), ["duplicate", "deleted"]);
  assert.deepEqual(await store.ids({ tags: [{ name: "t", values: ["x"] }] }), [kept.event.id]);
  assert.equal(await store.count({}), 2);
});

test("sqlite: records outlast closing", async () => {
  using directory = temporaryDirectory();
  const record = { kind: "x", key: "a", value: "1" };
  {
    await using store = new Store(await SqliteRepository.open(directory.path));
    await store.repository.records.write(0, [record]);
  }
  await using store = new Store(await SqliteRepository.open(directory.path));
  assert.deepEqual((await store.repository.records.read()).records.map((each) => ({ ...each })), [record]);
});

test("sqlite: closing lets what is under way be saved first", async () => {
  using directory = temporaryDirectory();
  const repository = await SqliteRepository.open(directory.path);
  const saves = Array.from({ length: 9_000 }, (_, n) => repository.save(fakeEvent({ content: `${n}` })));
  assert.equal(repository.depth.writes, 9_000);
  await repository.close();
  assert.deepEqual(new Set(await Promise.all(saves)), new Set(["stored"]));
  await using store = new Store(await SqliteRepository.open(directory.path));
  assert.equal(await store.count({}), 9_000);
});

test("sqlite: a killed process loses nothing it has answered, and leaves no lock behind", async () => {
  using directory = temporaryDirectory();
  const script = fileURLToPath(new URL("./crash_child.ts", import.meta.url));
  const run = "Deno" in globalThis ? ["run", "--allow-all", script] : [script];
  const child = spawn(process.execPath, [...run, directory.path], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  for await (const chunk of child.stdout) {
    output += chunk;
    if (child.killed || output.length < 4_000) continue;
    await assert.rejects(SqliteRepository.open(directory.path), /in use by another Longneck/);
    child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  const answered = output.split("\n").slice(0, -1);
  assert.ok(answered.length > 500);
  await using store = new Store(await SqliteRepository.open(directory.path));
  const stored = new Set((await store.find({})).map((json) => JSON.parse(json).content));
  assert.deepEqual(answered.filter((content) => !stored.has(content)), []);
});

test("sqlite: one bad event fails alone", async () => {
  await using store = await openSqlite();
  const bad = { ...fakeEvent({ content: "bad" }), json: '{"id":' };
  const saves = [fakeEvent({ content: "1" }), bad, fakeEvent({ content: "2" })]
    .map((event) => store.repository.save(event));
  const results = await Promise.allSettled(saves);
  assert.deepEqual(results.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  await assert.rejects(saves[1]!, StorageError);
  assert.equal(await store.count({}), 2);
});

test("sqlite: what is told to be new is taken for it alone, beside a bad event too, and only until it is stored", () => {
  using directory = temporaryDirectory();
  using held = openForWriting(directory.path);
  const writer = new Writer(held.database);
  const there = fakeEvent({ content: "there" });
  const first = fakeEvent({ content: "first" }), second = fakeEvent({ content: "second" });
  writer.save([there.json]);
  const [stored, bad, duplicate] = writer.save([first.json, '{"id":', there.json], "110");
  assert.deepEqual([stored, typeof bad, duplicate], ["stored", "object", "duplicate"]);
  assert.deepEqual(writer.save([there.json, second.json], "01"), ["duplicate", "stored"]);
  assert.equal(writer.remove([second.event.id]), 1);
});

test("sqlite: with the disk full every save fails; with room again saving goes on", () => {
  using directory = temporaryDirectory();
  using held = openForWriting(directory.path);
  const writer = new Writer(held.database);
  const batch = Array.from({ length: 50 }, (_, n) => fakeEvent({ content: `${n}`.padEnd(9_000) }).json);
  const { page_count } = held.database.prepare("PRAGMA page_count").get() as { page_count: number };
  held.database.exec(`PRAGMA max_page_count = ${page_count}`);
  for (const answer of writer.save(batch)) assert.match((answer as { failure: string }).failure, /full/);
  held.database.exec("PRAGMA max_page_count = 1000000");
  assert.deepEqual(new Set(writer.save(batch)), new Set(["stored"]));
});
