import assert from "node:assert/strict";
import { Client } from "../fixtures/client.ts";
import { metricsOf, metricsUntil, type ProcessOptions, spawnRelay } from "../fixtures/process.ts";
import { Publisher } from "../fixtures/publisher.ts";
import { handshake, OPCODE, RawClient } from "../fixtures/raw_client.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

/** A relay with its events in memory and these settings. */
const relayWith = (env: Record<string, string>, options: ProcessOptions = {}) =>
  spawnRelay({ ...options, env: { NOSTR__DATABASE__ENGINE: "memory", ...env } });

/** The address that a proxy on this machine names; 203.0.113.0/24 is for documentation. */
const behindProxy = (address: string) => ({ "X-Forwarded-For": address });

/** What a handshake that is not accepted is answered with. */
async function refusal(port: number, headers = {}): Promise<[status: number, text: string]> {
  await using client = await RawClient.dial(port);
  client.write(handshake(port, headers));
  const { status, text } = await client.response();
  return [status, text];
}

test("connections: max_connections refuses the next with 503, until one has left", async () => {
  await using relay = await relayWith({ NOSTR__LIMITS__MAX_CONNECTIONS: "2" });
  const first = await Client.connect(relay.url);
  await using second = await Client.connect(relay.url);
  assert.deepEqual(await refusal(relay.port), [503, "The relay has as many connections as it takes.\n"]);
  assert.deepEqual(await second.request("all", {}), []);
  await first.close();
  await metricsUntil(relay.httpUrl, "one to be gone", ({ nostr_connections }) => nostr_connections === 1);
  await using third = await Client.connect(relay.url);
  assert.deepEqual(await third.request("all", {}), []);
});

test("connections: max_connections_per_ip counts the clients that a proxy names", async () => {
  await using relay = await relayWith({
    NOSTR__LIMITS__MAX_CONNECTIONS_PER_IP: "2",
    NOSTR__NETWORK__REMOTE_IP_HEADER: "x-forwarded-for",
  });
  const { port } = relay;
  await using first = await RawClient.connect(port, behindProxy("203.0.113.7"));
  await using _second = await RawClient.connect(port, behindProxy("10.0.0.1, 203.0.113.7"));
  const full = [429, "There are too many connections from your address.\n"];
  assert.deepEqual(await refusal(port, behindProxy("203.0.113.7")), full);
  assert.deepEqual(await refusal(port, behindProxy("203.0.113.8, 203.0.113.7")), full); // the first is hearsay
  await using _other = await RawClient.connect(port, behindProxy("203.0.113.8"));
  first.destroy();
  await metricsUntil(relay.httpUrl, "one to be gone", ({ nostr_connections }) => nostr_connections === 2);
  await using _again = await RawClient.connect(port, behindProxy("203.0.113.7"));
});

test("connections: one line in the log at the end says who, how long, how much and why", async () => {
  await using relay = await relayWith({ NOSTR__NETWORK__REMOTE_IP_HEADER: "x-forwarded-for" });
  await using client = await RawClient.connect(relay.port, {
    ...behindProxy("203.0.113.7"),
    "User-Agent": "test/1",
  });
  for (const content of ["a", "b"]) {
    client.send("EVENT", signedEvent({ content }));
    await client.message("OK");
  }
  client.send("REQ", "all", {});
  await client.message("EOSE");
  client.destroy();
  const { level, room, properties } = await relay.line(/^connection .* ended/);
  assert.deepEqual([level, room], ["info", "connection"]);
  const { id, started, seconds, ...rest } = properties;
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(Math.abs(Date.now() - Date.parse(started)) < 60_000, started);
  assert.ok(seconds >= 0 && seconds < 60, String(seconds));
  assert.deepEqual(rest, {
    address: "203.0.113.7",
    userAgent: "test/1",
    reason: "error", // it went without a word
    eventsIn: 2,
    eventsOut: 2,
  });
});

test("connections: a client that says goodbye ends as normal, and the metrics tell both apart", async () => {
  await using relay = await relayWith({});
  const polite = await Client.connect(relay.url);
  await polite.close();
  const line = await relay.line(/^connection .* ended/);
  assert.equal(line.properties.reason, "normal");
  const text = await (await fetch(`${relay.httpUrl}metrics`)).text();
  assert.match(text, /^nostr_disconnects_total\{reason="normal"\} 1$/m);
  assert.match(text, /^nostr_disconnects_total\{reason="error"\} 0$/m);
});

/** nostr-rs-relay's names, which dashboards know. */
const NAMES = [
  "nostr_query_seconds_bucket",
  "nostr_filter_seconds_bucket",
  "nostr_events_write_seconds_bucket",
  'nostr_events_sent_total{source="db"}',
  'nostr_events_sent_total{source="realtime"}',
  "nostr_connections_total",
  'nostr_disconnects_total{reason="normal"}',
  'nostr_disconnects_total{reason="timeout"}',
  'nostr_disconnects_total{reason="error"}',
  'nostr_disconnects_total{reason="shutdown"}',
  'nostr_query_abort_total{reason="slowclient"}',
  "nostr_cmd_req_total",
  "nostr_cmd_event_total",
  "nostr_cmd_close_total",
  "nostr_cmd_auth_total",
];

test("metrics: a port of their own has them, under nostr-rs-relay's names, and the relay's has not", async () => {
  await using relay = await relayWith({ NOSTR__METRICS__PORT: "0" });
  const { properties } = await relay.line(/^metrics on /);
  const response = await fetch(properties.url);
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  for (const name of NAMES) assert.ok(text.includes(`\n${name}`), name);
  const elsewhere = await fetch(`${relay.httpUrl}metrics`);
  assert.equal(elsewhere.status, 404);
  await elsewhere.text();
  const health = await fetch(`${relay.httpUrl}health`);
  assert.equal((await health.json()).status, "ok");
});

test("metrics: switched off, they are nowhere", async () => {
  await using relay = await relayWith({ NOSTR__METRICS__ENABLED: "false" });
  const response = await fetch(`${relay.httpUrl}metrics`);
  assert.equal(response.status, 404);
  await response.text();
});

test("metrics: counters tell what was done, and every queue is empty again after load", async () => {
  await using relay = await relayWith({}); // SQLite, with threads: all queues are used
  const events = Array.from({ length: 200 }, (_, at) => signedEvent({ content: `${at}` }));
  {
    await using listener = await Client.connect(relay.url);
    await listener.request("live", { kinds: [1] });
    const publisher = await Publisher.connect(relay.url);
    publisher.publish(events);
    await publisher.answered(events.length);
    for (let at = 0; at < events.length; at++) await listener.next("EVENT");
    assert.equal((await listener.request("stored", { limit: 150 })).length, 150);
    assert.equal(await listener.count({}), 200);
    publisher.socket.close();
    await publisher.closed;
  }
  const metrics = await metricsUntil(
    relay.httpUrl,
    "empty queues",
    (metrics) => Object.entries(metrics).every(([name, value]) => !GAUGE.test(name) || value === 0),
  );
  assert.ok(Object.keys(metrics).filter((name) => GAUGE.test(name)).length >= 9);
  assert.equal(metrics.nostr_cmd_event_total, 200);
  assert.equal(metrics.nostr_cmd_req_total, 2);
  assert.equal(metrics.nostr_cmd_count_total, 1);
  assert.equal(metrics.nostr_connections_total, 2);
  const text = await (await fetch(`${relay.httpUrl}metrics`)).text();
  assert.match(text, /^nostr_events_sent_total\{source="db"\} 150$/m);
  assert.match(text, /^nostr_events_sent_total\{source="realtime"\} 200$/m);
  assert.equal((await metricsOf(relay.httpUrl)).nostr_query_seconds_count, 3);
});

const GAUGE = /^nostr_(queue_\w+|outbox_bytes|connections|subscriptions)$/;

test("idle: a client that neither speaks nor subscribes is closed, one that subscribes is not", async () => {
  await using relay = await relayWith({ NOSTR__LIMITS__MAX_CONN_IDLE_SECONDS: "1" });
  await using subscriber = await Client.connect(relay.url);
  await subscriber.request("live", { kinds: [1] });
  const silent = await Client.connect(relay.url);
  assert.deepEqual(await silent.closed(), { code: 1000, reason: "idle for too long without a subscription" });
  const { properties } = await relay.line(/^connection .* ended/);
  assert.equal(properties.reason, "timeout");
  assert.deepEqual(await subscriber.request("still", {}), []);
});

test("ping: a client that does not answer one is disconnected", async () => {
  await using relay = await relayWith({ NOSTR__NETWORK__PING_INTERVAL_SECONDS: "1" });
  await using dead = await RawClient.connect(relay.port);
  while ((await dead.frame()).opcode !== OPCODE.ping);
  await dead.hungUp();
  const { properties } = await relay.line(/^connection .* ended/);
  assert.notEqual(properties.reason, "normal");
});
