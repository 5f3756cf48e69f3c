import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { version } from "../../src/config/version.ts";
import { Client } from "../fixtures/client.ts";
import { onDeno, RelayProcess, runToEnd, spawnRelay, temporaryFolder } from "../fixtures/process.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const MEMORY = { NOSTR__DATABASE__ENGINE: "memory" };

test("start: says which version, store and verifier it has, and where it listens", async () => {
  await using relay = await spawnRelay();
  const said = relay.log.map(({ message }) => message).join("\n");
  assert.match(said, new RegExp(`^Longneck ${version} on ${onDeno ? "Deno" : "Bun"} \\d`, "m"));
  assert.match(said, /^store: SQLite in \.\/data$/m);
  assert.match(said, /^verifier: (libsecp256k1|noble)/m);
  assert.match(said, /^listening on ws:\/\/127\.0\.0\.1:\d+\/$/m);
  assert.equal(existsSync(join(relay.directory, "data", "longneck.db")), true);
});

test("start: text for people, one line each", async () => {
  await using relay = new RelayProcess({ env: { ...MEMORY, NOSTR__LOGGING__FORMAT: undefined } });
  const line = await relay.until("the address", () => /^.*listening on .*$/m.exec(relay.stdout)?.[0]);
  assert.match(line, /^\d{4}-\d\d-\d\dT[\d:.]+Z INFO +relay listening on ws:\/\/127\.0\.0\.1:\d+\/$/);
});

test("start: --port, --address, --db and --config go before the environment", async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "other.toml"), '[info]\nname = "From a file"\n');
  const args = [
    "--config",
    "other.toml",
    "--port",
    "0",
    "--address",
    "127.0.0.1",
    "--db",
    "./data/elsewhere",
  ];
  const env = {
    NOSTR__NETWORK__PORT: "1",
    NOSTR__NETWORK__ADDRESS: "192.0.2.1",
    NOSTR__DATABASE__CONNECTION: "memory:",
    NOSTR__INFO__DESCRIPTION: "From the environment",
  };
  await using relay = await spawnRelay({ directory: folder.path, args, env });
  assert.match(relay.url, /^ws:\/\/127\.0\.0\.1:/);
  assert.equal(existsSync(join(folder.path, "data", "elsewhere", "longneck.db")), true);
  const response = await fetch(relay.httpUrl, { headers: { accept: "application/nostr+json" } });
  const { name, description } = await response.json();
  assert.deepEqual([name, description], ["From a file", "From the environment"]);
});

test("start: reads ./config.toml when there is one", async () => {
  using folder = temporaryFolder();
  writeFileSync(
    join(folder.path, "config.toml"),
    '[database]\nengine = "memory"\n[network]\npath = "/nostr"\n',
  );
  await using relay = await spawnRelay({ directory: folder.path });
  assert.match(relay.url, /\/nostr$/);
  assert.equal(existsSync(join(folder.path, "data")), false);
  await using client = await Client.connect(relay.url);
  assert.deepEqual(await client.request("all", {}), []);
});

test("start: an event is served again after a restart", async () => {
  using folder = temporaryFolder();
  const event = signedEvent({ content: "kept" });
  {
    await using relay = await spawnRelay({ directory: folder.path });
    await using client = await Client.connect(relay.url);
    assert.deepEqual(await client.publish(event), [true, ""]);
  }
  await using relay = await spawnRelay({ directory: folder.path });
  await using client = await Client.connect(relay.url);
  assert.deepEqual(await client.request("kept", { ids: [event.id] }), [event]);
});

test("start: the log is JSON lines and nothing else, and repeats nothing that clients keep to themselves", async () => {
  await using relay = await spawnRelay({ env: { ...MEMORY, NOSTR__LOGGING__LEVEL: "trace" } });
  const client = await Client.connect(relay.url);
  const [, challenge] = await client.next("AUTH");
  await client.publish(signedEvent({ content: "swordfish" }));
  client.sendText('swordfish\n{"level":"fatal"}');
  await client.next("NOTICE");
  await client.close();
  await relay.line(/^connection .* ended/);
  relay.kill("SIGTERM");
  await relay.ended();
  for (const line of relay.output.trimEnd().split("\n")) assert.doesNotThrow(() => JSON.parse(line), line);
  assert.equal(relay.output.includes("swordfish"), false);
  assert.equal(relay.output.includes(challenge), false);
});

test("start: a setting that is wrong ends the process with 1, says which and why, and shows no stack", async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "config.toml"), '[limits]\nmax_subscription = 3\nmax_filters = "ten"\n');
  const env = { NOSTR__NETWORK__PORT: "80800" };
  const { code, stdout, stderr } = await runToEnd({ directory: folder.path, env });
  assert.equal(code, 1);
  assert.equal(stdout, "");
  const lines = stderr.trimEnd().split("\n");
  assert.equal(lines.length, 3, stderr);
  assert.match(stderr, /limits\.max_subscription\b.*max_subscriptions/);
  assert.match(stderr, /limits\.max_filters.*got "ten", expected/);
  assert.match(stderr, /network\.port \(environment NOSTR__NETWORK__PORT\): got .*80800.*, expected/);
  assert.doesNotMatch(stderr, /^\s+at /m);
  assert.equal(existsSync(join(folder.path, "data")), false);
});

for (
  const [rule, args, code, said] of [
    ["config check: prints the settings in force", ["config", "check"], 0, /^\[network\]$/m],
    ["config check: ends with 1 when one is wrong", ["config", "check", "--port", "x"], 1, /network\.port/],
    ["--help prints the usage", ["--help"], 0, /^Usage: longneck /],
    ["--version prints the version", ["--version"], 0, new RegExp(`^longneck ${version} `)],
    ["an unknown flag ends with 2 and the usage", ["--prot", "1"], 2, /--prot[\s\S]*Usage: longneck /],
    ["an unknown command ends with 2", ["srve"], 2, /srve/],
    ["a file that is named and missing ends with 1", ["--config", "no.toml"], 1, /^no\.toml can't be read/],
  ] as const
) {
  test(`start: ${rule}`, async () => {
    const ended = await runToEnd({ args });
    assert.equal(ended.code, code);
    assert.match(code === 0 ? ended.stdout : ended.stderr, said);
    assert.doesNotMatch(ended.stderr, /^\s+at /m);
  });
}

test("start: a folder for logs that can't be written to ends with 1 and names the setting", async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "taken"), "");
  const env = { ...MEMORY, NOSTR__LOGGING__FOLDER_PATH: "./taken/logs" };
  const { code, stdout, stderr } = await runToEnd({ directory: folder.path, env });
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /^logging\.folder_path: cannot write to \.\/taken\/logs: .+\n$/);
});

/** Asserts that a relay does not start, and answers the one line that it says about it. */
async function refusal(options: { directory?: string; env?: Record<string, string> }): Promise<string> {
  const { code, stdout, stderr } = await runToEnd(options);
  assert.equal(code, 1);
  const lines = (stdout + stderr).trimEnd().split("\n");
  assert.equal(lines.length, 1, stdout + stderr);
  const { level, message } = JSON.parse(lines[0]!);
  assert.equal(level, "fatal");
  return message;
}

async function takenPort(): Promise<AsyncDisposable & { port: string }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: String((server.address() as { port: number }).port),
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

test("start: a port in use ends with 1 and says which", async () => {
  await using taken = await takenPort();
  const message = await refusal({ env: { ...MEMORY, NOSTR__NETWORK__PORT: taken.port } });
  assert.match(message, new RegExp(`^cannot listen on 127\\.0\\.0\\.1, port ${taken.port}: .*in use`));
});

test("start: the metrics' port in use does too", async () => {
  await using taken = await takenPort();
  const message = await refusal({ env: { ...MEMORY, NOSTR__METRICS__PORT: taken.port } });
  assert.match(message, new RegExp(`^cannot listen on 127\\.0\\.0\\.1, port ${taken.port}: .*in use`));
});

/** Fills `folder` with a database, changed by `change`, and asserts that a start refuses it untouched. */
async function refusesFile(change: (file: string) => void): Promise<string> {
  using folder = temporaryFolder();
  const data = join(folder.path, "data");
  mkdirSync(data);
  const file = join(data, "longneck.db");
  change(file);
  const before = readFileSync(file);
  const message = await refusal({ directory: folder.path });
  assert.deepEqual(readFileSync(file), before, "the database was changed");
  for (const beside of ["-wal", "-shm", "-journal"]) assert.equal(existsSync(file + beside), false, beside);
  return message;
}

/** A database that a relay made. */
async function madeDatabase(): Promise<Disposable & { readonly file: string }> {
  const folder = temporaryFolder();
  await using relay = await spawnRelay({ directory: folder.path });
  relay.kill("SIGTERM");
  await relay.ended();
  return { file: join(folder.path, "data", "longneck.db"), [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

test("start: a file that is no database is refused and left as it is", async () => {
  const message = await refusesFile((file) => writeFileSync(file, "these are not the bytes of a database\n"));
  assert.match(message, /longneck\.db is damaged or is not an SQLite database/);
});

test("start: somebody else's database is refused and left as it is", async () => {
  const message = await refusesFile((file) => {
    const database = new DatabaseSync(file);
    database.exec("CREATE TABLE guest (name TEXT)");
    database.close();
  });
  assert.match(message, /not Longneck's/);
});

test("start: a database of a newer version is refused and left as it is", async () => {
  using made = await madeDatabase();
  const message = await refusesFile((file) => {
    copyFileSync(made.file, file);
    const database = new DatabaseSync(file);
    database.exec("PRAGMA journal_mode = DELETE; PRAGMA user_version = 999");
    database.close();
  });
  assert.match(message, /made by a newer Longneck .*999.*update Longneck/);
});

test("start: a damaged database is refused and left as it is", async () => {
  using made = await madeDatabase();
  const message = await refusesFile((file) => {
    const bytes = readFileSync(made.file);
    bytes.fill(0xff, 100, 4096 * 3); // all of the schema
    writeFileSync(file, bytes);
  });
  assert.match(message, /longneck\.db is damaged/);
});

test("start: a folder that another relay uses is refused, and that one works on", async () => {
  using folder = temporaryFolder();
  await using relay = await spawnRelay({ directory: folder.path });
  const message = await refusal({ directory: folder.path });
  assert.match(message, /\.\/data is in use by another Longneck/);
  await using client = await Client.connect(relay.url);
  assert.deepEqual(await client.publish(signedEvent()), [true, ""]);
});
