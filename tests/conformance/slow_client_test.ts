import assert from "node:assert/strict";
import process from "node:process";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { allIsQuiet, metric, metricBecomes } from "../fixtures/metrics.ts";
import { RawClient } from "../fixtures/raw_client.ts";
import { type TestRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";

const MIB = 2 ** 20;

/** More than the network's buffers and the outbox hold: 200 events of 60 kB. */
const large = Array.from(
  { length: 200 },
  (_, n) => signedEvent({ created_at: n, content: "x".repeat(60_000) }),
);
const small = Array.from({ length: 40 }, (_, n) => signedEvent({ kind: 7, content: `${n}` }, secretKey(2)));

const SLOW = 'nostr_disconnects_total{reason="slowclient"}';

/** A client that has subscribed to everything, asked for all that is stored 20 times over, and reads nothing. */
async function stuckClient({ port }: TestRelay): Promise<RawClient> {
  const client = await RawClient.connect(port);
  client.send("REQ", "live", { limit: 0 });
  await client.message("EOSE"); // or what is published meanwhile might be held for it as long as its queries pause
  client.stopReading();
  for (let n = 0; n < 20; n++) client.send("REQ", `${n}`, {});
  return client;
}

/** Others publish, ask and listen as if nothing were amiss. */
async function othersAreServed({ url }: TestRelay, events: readonly NostrEvent[]): Promise<void> {
  await using reader = await Client.connect(url);
  await using writer = await Client.connect(url);
  await reader.request("live", { kinds: [7], limit: 0 });
  for (const event of events) {
    const sent = performance.now();
    assert.deepEqual(await writer.publish(event), [true, ""]);
    assert.deepEqual(await reader.next("EVENT"), ["EVENT", "live", event]);
    const took = performance.now() - sent;
    assert.ok(took < 1_000, `OK and live event took ${Math.round(took)} ms`);
  }
  assert.equal((await reader.request("stored", { kinds: [7] })).length, events.length);
}

testOnEngines(
  "a client that reads nothing costs itself only: its queries pause, others are served",
  async (relay) => {
    await using writer = await Client.connect(relay.url);
    await writer.publishAll(large);
    await writer.close();
    const before = process.memoryUsage.rss();
    await using stuck = await stuckClient(relay);
    await othersAreServed(relay, small);
    const grown = (process.memoryUsage.rss() - before) / MIB;
    assert.ok(grown < 150, `240 MB were asked for, and memory grew by ${Math.round(grown)} MiB`);
    assert.ok(
      await metric(relay, 'nostr_events_sent_total{source="db"}') < 200 * 5,
      "the queries have paused",
    );
    stuck.destroy();
    await allIsQuiet(relay);
  },
);

testOnEngines(
  "limits.max_pending_bytes: a client behind it is closed with 1013, or cut off",
  async (relay) => {
    await using writer = await Client.connect(relay.url);
    await writer.publishAll(large);
    await using stuck = await stuckClient(relay);
    for (let n = 0; await metric(relay, SLOW) === 0; n++) {
      await writer.publish(signedEvent({ content: `${n}`.padEnd(60_000, "y") }));
    }
    await othersAreServed(relay, small);
    await metricBecomes(relay, "nostr_subscriptions", 0);
    await metricBecomes(relay, "nostr_queue_live", 0);
    stuck.readOn();
    // Bun would keep what is unsent for as long as the client likes, so there is no close frame behind it.
    assert.ok([1013, undefined].includes(await stuck.closed()));
    stuck.destroy();
    await writer.close();
    await allIsQuiet(relay);
  },
  "[limits]\nmax_pending_bytes = 1000000",
);

testOnEngines("a client that pauses and then reads on misses nothing", async (relay) => {
  await using writer = await Client.connect(relay.url);
  await writer.publishAll(large);
  await using pausing = await RawClient.connect(relay.port);
  pausing.stopReading();
  pausing.send("REQ", "all", {});
  await writer.publishAll(small);
  pausing.readOn();
  const received = new Set<string>();
  while (received.size < large.length + small.length) {
    const [, , { id }] = await pausing.message("EVENT");
    assert.ok(!received.has(id), "nothing is repeated");
    received.add(id);
  }
});

testOnEngines("a client that goes in the middle of a query takes the query with it", async (relay) => {
  await using writer = await Client.connect(relay.url);
  await writer.publishAll(large);
  await writer.close();
  let sent = 0;
  for (let n = 0; n < 3; n++) {
    const stuck = await stuckClient(relay);
    while (await metric(relay, 'nostr_events_sent_total{source="db"}') <= sent);
    sent = await metric(relay, 'nostr_events_sent_total{source="db"}');
    await stuck[Symbol.asyncDispose]();
  }
  await allIsQuiet(relay);
  assert.ok(sent < 3 * 5 * large.length, "most of what was asked for was never read");
});

testOnEngines(
  "limits.max_send_queue: a client behind it for a second is closed, or cut off",
  async (relay) => {
    await using writer = await Client.connect(relay.url);
    await writer.publishAll(large);
    await using stuck = await stuckClient(relay);
    for (let n = 0; await metric(relay, SLOW) === 0; n++) {
      await writer.publish(
        signedEvent({ content: `${n}` }),
      );
    }
    stuck.readOn();
    assert.ok([1013, undefined].includes(await stuck.closed()));
  },
  "[limits]\nmax_send_queue = 10",
);

testOnEngines(
  "limits.broadcast_buffer: a query behind which more is published ends as CLOSED",
  async (relay) => {
    await using writer = await Client.connect(relay.url);
    await writer.publishAll(large);
    await using pausing = await RawClient.connect(relay.port);
    pausing.stopReading();
    pausing.send("REQ", "all", {});
    await metricBecomes(relay, "nostr_subscriptions", 1);
    await writer.publishAll(small);
    pausing.readOn();
    const [, id, reason] = await pausing.message("CLOSED", "EOSE");
    assert.equal(id, "all");
    assert.match(reason, /^error: .*more was published/);
    await metricBecomes(relay, "nostr_subscriptions", 0);
  },
  "[limits]\nbroadcast_buffer = 20",
);
