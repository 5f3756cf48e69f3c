import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { Client } from "../fixtures/client.ts";
import { type ListeningProcess, metricsUntil, spawnRelay, temporaryFolder } from "../fixtures/process.ts";
import { Publisher } from "../fixtures/publisher.ts";
import { RawClient } from "../fixtures/raw_client.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

/** Milliseconds that the issue allows an orderly stop. */
const LIMIT = 10_000;

/** Milliseconds within which a second signal must have ended the process: at once, on a busy machine. */
const AT_ONCE = 2_000;

function walBytes(directory: string): number {
  const wal = join(directory, "data", "longneck.db-wal");
  return existsSync(wal) ? statSync(wal).size : 0;
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`stop: ${signal} answers what it accepted, says 1001, and leaves a checkpointed database`, async () => {
    using folder = temporaryFolder();
    const batches = [1, 2, 3, 4].map((n) =>
      Array.from({ length: 150 }, (_, at) => signedEvent({ content: `${at}` }, secretKey(n)))
    );
    const accepted = new Set<string>();
    {
      await using relay = await spawnRelay({ directory: folder.path });
      const publishers = await Promise.all(batches.map(() => Publisher.connect(relay.url)));
      publishers.forEach((publisher, at) => publisher.publish(batches[at]!));
      await publishers[0]!.answered(1);
      relay.kill(signal);
      for (const publisher of publishers) {
        assert.deepEqual(await publisher.closed, { code: 1001, reason: "the relay is shutting down" });
        assert.deepEqual([...publisher.refused], []);
        for (const id of publisher.accepted) accepted.add(id);
      }
      assert.deepEqual(await relay.ended(LIMIT), { code: 0, signal: null });
      assert.equal(walBytes(folder.path), 0);
      assert.match(relay.log.filter(({ level }) => level === "info").at(-1)!.message, /^stopped$/);
    }
    await using relay = await spawnRelay({ directory: folder.path });
    await using client = await Client.connect(relay.url);
    const stored = await client.request("all", { limit: 1_000 });
    // Neither told and lost, nor stored and not told.
    assert.deepEqual(new Set(stored.map(({ id }) => id)), accepted);
  });
}

/** Makes a client that has asked for far more than the network holds, and reads none of it. */
async function stuckClient(relay: ListeningProcess): Promise<RawClient> {
  await using author = await Client.connect(relay.url);
  for (let at = 0; at < 60; at++) {
    const [accepted] = await author.publish(signedEvent({ content: `${at} `.padEnd(60_000, "x") }));
    assert.equal(accepted, true);
  }
  const stuck = await RawClient.connect(relay.port);
  stuck.stopReading();
  for (let at = 0; at < 16; at++) stuck.send("REQ", `all ${at}`, {});
  let [before, same] = [0, 0];
  await metricsUntil(relay.httpUrl, "a full socket", ({ nostr_outbox_bytes: bytes = 0 }) => {
    same = bytes > 0 && bytes === before ? same + 1 : 0;
    before = bytes;
    return same > 50; // the network takes no more
  });
  return stuck;
}

test("stop: a client that reads nothing holds nobody else up, and the stop no longer than its limit", async () => {
  await using relay = await spawnRelay({ env: { NOSTR__LIMITS__MAX_EVENT_BYTES: "100000" } });
  await using stuck = await stuckClient(relay);
  const other = await Publisher.connect(relay.url);
  relay.kill("SIGTERM");
  const started = performance.now();
  assert.equal((await other.closed).code, 1001);
  assert.ok(performance.now() - started < AT_ONCE);

  const health = await fetch(`${relay.httpUrl}health`);
  assert.equal(health.status, 503);
  assert.equal((await health.json()).status, "unhealthy");
  await using late = await RawClient.dial(relay.port);
  late.write(
    `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  const { status, text } = await late.response();
  assert.deepEqual([status, text], [503, "The relay is shutting down.\n"]);

  assert.deepEqual(await relay.ended(LIMIT - (performance.now() - started)), { code: 0, signal: null });
  assert.equal(walBytes(relay.directory), 0);
  stuck.destroy();
});

test("stop: a second signal ends the process at once", async () => {
  await using relay = await spawnRelay({ env: { NOSTR__LIMITS__MAX_EVENT_BYTES: "100000" } });
  await using _stuck = await stuckClient(relay);
  relay.kill("SIGTERM");
  await relay.line(/^SIGTERM: stopping$/);
  relay.kill("SIGINT");
  assert.deepEqual(await relay.ended(AT_ONCE), { code: 1, signal: null });
});

test("stop: one Ctrl-C that arrives twice, as under `deno task`, is one", async () => {
  await using relay = await spawnRelay({ env: { NOSTR__DATABASE__ENGINE: "memory" } });
  await using _silent = await RawClient.connect(relay.port); // its closing handshake takes the relay a while
  relay.kill("SIGINT");
  relay.kill("SIGINT");
  assert.deepEqual(await relay.ended(LIMIT), { code: 0, signal: null });
});

test("stop: half a request and an idle connection hold nothing up", async () => {
  await using relay = await spawnRelay({ env: { NOSTR__DATABASE__ENGINE: "memory" } });
  await using half = await RawClient.dial(relay.port);
  half.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf");
  await using silent = await RawClient.dial(relay.port);
  silent.write("GET / HT");
  await (await fetch(relay.httpUrl)).text(); // so both have been read
  relay.kill("SIGTERM");
  assert.deepEqual(await relay.ended(AT_ONCE), { code: 0, signal: null });
});
