import assert from "node:assert/strict";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { authenticate } from "../fixtures/auth.ts";
import { Client } from "../fixtures/client.ts";
import { metric, metricBecomes } from "../fixtures/metrics.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const events = (content: string, count: number) =>
  Array.from({ length: count }, (_, n) => signedEvent({ created_at: 1_700_000_000 + n, content }));
const ours = events("ours", 20), theirs = events("theirs", 30);

const mirroring = (url: string, more = "", seconds = 600) =>
  `[sync]\ninterval_seconds = ${seconds}\nmirrors = [{ url = "${url}"${more} }]\n`;

async function fill(relay: TestRelay, given: readonly NostrEvent[]): Promise<void> {
  await using client = await Client.connect(relay.url);
  await client.publishAll(given);
}

async function count(relay: TestRelay): Promise<number> {
  await using client = await Client.connect(relay.url);
  return await client.count({});
}

test("mirrors: at its start a relay takes what the other has, and goes on with what it gets", async () => {
  await using other = await startRelay();
  await fill(other, theirs);
  await using relay = await startRelay(mirroring(other.url, ', dir = "down"'));
  await metricBecomes(relay, "nostr_mirrors_received", 30);
  assert.equal(await count(relay), 30);
  await using reader = await Client.connect(relay.url);
  await reader.request("live", { limit: 0 });
  const note = signedEvent({ content: "live" });
  await fill(other, [note]);
  assert.deepEqual((await reader.next("EVENT"))[2], note);
  await fill(relay, ours);
  assert.equal(await count(other), 31);
});

test("mirrors: what this relay's rules refuse, and what is protected, stays away", async () => {
  await using other = await startRelay();
  await fill(other, [...theirs, signedEvent({ kind: 4 }), signedEvent({ content: "x".repeat(300) })]);
  {
    await using author = await Client.connect(other.url);
    await authenticate(author, other.url, secretKey(1));
    await author.publishAll([signedEvent({ tags: [["-"]] })]);
  }
  await using relay = await startRelay(
    `${mirroring(other.url)}[limits]\nevent_kind_blacklist = [4]\nmax_event_bytes = 500`,
  );
  await metricBecomes(relay, "nostr_mirrors_received", 30);
  assert.equal(await count(relay), 30);
});

test("mirrors: more than either side compares at once is compared by windows of time", async () => {
  for (const [here, there] of [[7, 1_000], [1_000, 7]]) {
    const atMost = (most: number | undefined) => `max_events = ${most}\nmax_events_held = ${most}\n`;
    await using other = await startRelay(`[sync]\n${atMost(there)}`);
    await fill(other, theirs);
    await using relay = await startRelay(`${mirroring(other.url)}${atMost(here)}`);
    await metricBecomes(relay, "nostr_mirrors_received", 30);
    assert.equal(await count(relay), 30);
    await metricBecomes(other, "nostr_sync_events_held", 0);
    await metricBecomes(relay, "nostr_sync_events_held", 0);
  }
});

test("mirrors: only what passes the filter is carried", async () => {
  await using other = await startRelay();
  await fill(other, [...theirs, signedEvent({ kind: 7 })]);
  await using relay = await startRelay(mirroring(other.url, ", filter = { kinds = [7] }"));
  await metricBecomes(relay, "nostr_mirrors_received", 1);
  assert.equal(await count(relay), 1);
});

test("mirrors: two relays that mirror each other come level, whichever starts first, and then are quiet", async () => {
  const port = await (async () => {
    await using relay = await startRelay();
    return relay.port;
  })();
  await using second = await startRelay(mirroring(`ws://127.0.0.1:${port}`, "", 1));
  await fill(second, theirs); // it has begun to try already
  await using first = await startRelay(mirroring(second.url, "", 1), { port });
  await fill(first, ours);
  await using client = await Client.connect(first.url);
  while (await client.count({}) + await count(second) < 100) await client.drain();
  await metricBecomes(first, "nostr_mirrors_connected", 1);
  await metricBecomes(second, "nostr_mirrors_connected", 1);
  const note = signedEvent({ content: "once" }, secretKey(2));
  await client.request("live", { authors: [note.pubkey] });
  await client.publish(note);
  await client.next("EVENT");
  while (await count(second) < 51) await client.drain();
  assert.deepEqual((await client.drain()).filter(([verb]) => verb === "EVENT"), []);
  assert.equal(await metric(first, 'nostr_events_saved_total{outcome="stored"}'), 51);
  assert.equal(await metric(second, 'nostr_events_saved_total{outcome="stored"}'), 51);
});

test("mirrors: a relay that stops lets go of its mirrors at once", async () => {
  await using other = await startRelay();
  const relay = await startRelay(mirroring(other.url));
  await metricBecomes(relay, "nostr_mirrors_connected", 1);
  await relay[Symbol.asyncDispose]();
  await metricBecomes(other, "nostr_connections", 0);
});
