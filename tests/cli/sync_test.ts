import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArguments, type Synchronisation, UsageError } from "../../src/cli/arguments.ts";
import { sync } from "../../src/cli/sync.ts";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { Client } from "../fixtures/client.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const events = (count: number, given: Partial<NostrEvent>) =>
  Array.from({ length: count }, (_, n) => signedEvent({ created_at: 1_700_000_000 + n, ...given }));

/** A folder for a relay's SQLite files. */
function folder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "longneck-sync-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const startIn = (path: string, settings = ""): Promise<TestRelay> =>
  startRelay(`[database]\nengine = "sqlite"\ndata_directory = ${JSON.stringify(path)}\n${settings}`);

async function fill(relay: TestRelay, ...given: readonly NostrEvent[]): Promise<void> {
  await using client = await Client.connect(relay.url);
  await client.publishAll(given);
}

async function idsOf(relay: TestRelay): Promise<string[]> {
  await using client = await Client.connect(relay.url);
  return (await client.request("all", { limit: 5_000 })).map(({ id }) => id).sort();
}

/** Runs `longneck sync` on the store in a folder; gives the exit code and all that was said. */
async function run(path: string, url: string, ...args: string[]): Promise<{ code: number; said: string }> {
  const lines: string[] = [];
  const say = (text: string) => void lines.push(text);
  const parsed = parseArguments(["sync", url, "--db", path, ...args]) as Synchronisation;
  const { signal } = new AbortController();
  const code = await sync(parsed, {
    print: say,
    complain: say,
    screen: { write: say },
    signal,
    mayRead: () => false,
  });
  return { code, said: lines.join("\n") };
}

const common = events(40, { content: "common" });
const ours = events(60, { content: "ours" }), theirs = events(130, { content: "theirs" });

/** A relay, and a stopped one's folder, that have events in common and lack others of each other. */
async function diverge(path: string, relay: TestRelay): Promise<void> {
  {
    await using stopped = await startIn(path);
    await fill(stopped, ...common, ...ours);
  }
  await fill(relay, ...common, ...theirs);
}

test("longneck sync brings both sides level, and says what it cost", async () => {
  using directory = folder();
  await using relay = await startRelay();
  await diverge(directory.path, relay);
  const { code, said } = await run(directory.path, relay.url);
  assert.equal(code, 0, said);
  assert.match(said, /We lack 130 events, the relay lacks 60: found out with [\d,]+ bytes in \d rounds/);
  assert.match(said, /Received:\n +130 {2}stored\nSent:\n +60 {2}accepted\n/);
  assert.match(said, /[\d,]{6,} bytes received, [\d,]{6,} sent/);
  const all = [...common, ...ours, ...theirs].map(({ id }) => id).sort();
  assert.deepEqual(await idsOf(relay), all);
  await using again = await startIn(directory.path);
  assert.deepEqual(await idsOf(again), all);
});

const directions: [direction: string, receives: boolean, sends: boolean][] = [["up", false, true], [
  "down",
  true,
  false,
]];
for (const [direction, receives, sends] of directions) {
  test(`longneck sync --dir ${direction} goes one way only`, async () => {
    using directory = folder();
    await using relay = await startRelay();
    await diverge(directory.path, relay);
    const { code, said } = await run(directory.path, relay.url, "--dir", direction);
    assert.equal(code, 0, said);
    assert.deepEqual([said.includes("Received:"), said.includes("Sent:")], [receives, sends]);
    assert.equal((await idsOf(relay)).length, common.length + theirs.length + (sends ? ours.length : 0));
    await using again = await startIn(directory.path);
    assert.equal((await idsOf(again)).length, common.length + ours.length + (receives ? theirs.length : 0));
  });
}

test("longneck sync --filter is about what passes it; a newer version and a deletion go their way", async () => {
  using directory = folder();
  await using relay = await startRelay();
  const note = signedEvent({ content: "deleted" });
  const request = signedEvent({ kind: 5, created_at: 1_700_000_009, tags: [["e", note.id]] });
  const [old, young] = [1, 2].map((at) => signedEvent({ kind: 0, created_at: at })) as [
    NostrEvent,
    NostrEvent,
  ];
  {
    await using stopped = await startIn(directory.path);
    await fill(stopped, note, young, signedEvent({ kind: 7 }));
  }
  await fill(relay, request, old, signedEvent({ kind: 6 }));
  const { code, said } = await run(directory.path, relay.url, "--filter", '{"kinds":[0,1,5]}');
  assert.match(said, /We lack 2 events, the relay lacks 2/);
  assert.deepEqual([code, said.includes("superseded")], [1, true]); // the relay refused the deleted note
  assert.match(said, /1 {2}(blocked|kept back)/);
  await using again = await startIn(directory.path);
  const kinds = async (side: TestRelay) => {
    await using client = await Client.connect(side.url);
    return (await client.request("all", {})).map(({ kind }) => kind).sort();
  };
  assert.deepEqual([await kinds(again), await kinds(relay)], [[0, 5, 7], [0, 5, 6]]);
});

test("longneck sync keeps private events back unless the filter names kinds", async () => {
  using directory = folder();
  await using relay = await startRelay("[authorization]\nprivate_kinds = []");
  {
    await using stopped = await startIn(directory.path);
    await fill(stopped, signedEvent(), signedEvent({ kind: 4, tags: [["p", "0".repeat(64)]] }));
  }
  const { code, said } = await run(directory.path, relay.url);
  assert.equal(code, 0, said);
  assert.match(said, / 1 {2}accepted/);
  assert.match(said, / 1 {2}kept back/);
  assert.match((await run(directory.path, relay.url, "--filter", '{"kinds":[4]}')).said, /1 {2}accepted/);
});

test("longneck sync tells of a relay that does not compare, or is not there, and of a store in use", async () => {
  using directory = folder();
  await using relay = await startRelay("[sync]\nenabled = false");
  const off = await run(directory.path, relay.url);
  assert.deepEqual(off.code, 1);
  assert.match(off.said, /^ws:.* does not compare: unsupported: /);
  const nobody = await run(directory.path, "ws://127.0.0.1:1");
  assert.deepEqual(nobody.code, 1);
  assert.match(nobody.said, /^ws:\/\/127\.0\.0\.1:1 has closed the connection/);
  await using _running = await startIn(directory.path);
  const used = await run(directory.path, relay.url);
  assert.deepEqual(used.code, 1);
  assert.match(used.said, /is in use by another Longneck/);
});

test("longneck sync follows requests to vanish from all relays, not those to another (NIP-62)", async () => {
  const note = (key: Uint8Array) => signedEvent({ created_at: 1 }, key);
  const vanish = (relay: string, key: Uint8Array) =>
    signedEvent({ kind: 62, created_at: 2, tags: [["relay", relay]] }, key);
  const [leaving, moving] = [secretKey(8), secretKey(9)];
  using directory = folder();
  {
    await using stopped = await startIn(directory.path);
    await fill(stopped, note(leaving), note(moving));
  }
  const other = "wss://other.example";
  await using relay = await startRelay(`[info]\nrelay_url = "${other}"`);
  await fill(relay, vanish("ALL_RELAYS", leaving), vanish(other, moving));
  const { code, said } = await run(directory.path, relay.url, "--dir", "down");
  assert.equal(code, 0, said);
  assert.match(said, /1 {2}stored$/m);
  assert.match(said, /1 {2}for other relays$/m);
  await using again = await startIn(directory.path);
  assert.deepEqual(await idsOf(again), [note(moving).id, vanish("ALL_RELAYS", leaving).id].sort());
});

test("longneck sync refuses a filter that is none", async () => {
  for (const filter of ["{", '{"kind":1}', "[]"]) {
    await assert.rejects(run("./unused", "ws://127.0.0.1:1", "--filter", filter), UsageError);
  }
});
