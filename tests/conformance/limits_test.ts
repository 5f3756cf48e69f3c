import assert from "node:assert/strict";
import { now } from "../fixtures/auth.ts";
import { Client } from "../fixtures/client.ts";
import { hex } from "../fixtures/events.ts";
import { metricBecomes } from "../fixtures/metrics.ts";
import { handshake, RawClient } from "../fixtures/raw_client.ts";
import { startRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

/** A relay with these limits, and a client that must still be served when the test is through. */
function limited(rule: string, limits: string, body: (client: Client) => Promise<void>): void {
  test(`limits.${rule}`, async () => {
    await using relay = await startRelay(`[limits]\n${limits}`);
    await using client = await Client.connect(relay.url);
    await body(client);
    client.sendText("garbage");
    assert.equal(
      (await client.next("NOTICE"))[1],
      "invalid: the message is not JSON",
      "the connection lives",
    );
  });
}

async function refusal(client: Client, id: string, ...filters: unknown[]): Promise<string> {
  client.send("REQ", id, ...filters);
  const [verb, answered, reason] = await client.next("CLOSED", "EOSE", "NOTICE");
  assert.deepEqual([verb, answered], ["CLOSED", id]);
  return reason;
}

async function refusedEvent(client: Client, given: Parameters<typeof signedEvent>[0]): Promise<string> {
  const [accepted, reason] = await client.publish(signedEvent(given));
  assert.equal(accepted, false);
  return reason;
}

limited(
  "max_ws_message_bytes: a longer message gets a NOTICE",
  "max_ws_message_bytes = 1000\nmax_event_bytes = 1000",
  async (client) => {
    for (const text of ["x".repeat(1001), "€".repeat(400), `["CLOSE","${"x".repeat(2000)}"]`]) {
      client.sendText(text);
      const bytes = new TextEncoder().encode(text).length.toLocaleString("en-US");
      assert.equal(
        (await client.next("NOTICE"))[1],
        `invalid: the message has ${bytes} bytes; at most 1,000 are accepted`,
      );
    }
    client.sendText(`["REQ","${"x".repeat(200)}",{}]${" ".repeat(1000 - 213)}`);
    assert.equal((await client.next("EOSE", "NOTICE"))[0], "EOSE", "1,000 bytes are accepted");
  },
);

limited("max_event_bytes: UTF-8 bytes of the event as JSON", "max_event_bytes = 500", async (client) => {
  const least = JSON.stringify(signedEvent()).length;
  assert.deepEqual(await client.publish(signedEvent({ content: "x".repeat(500 - least) })), [true, ""]);
  assert.equal(
    await refusedEvent(client, { content: "x".repeat(501 - least) }),
    "invalid: the event has 501 bytes; at most 500 are accepted",
  );
  assert.match(
    await refusedEvent(client, { content: "€".repeat(167) }),
    /^invalid: the event has [\d,]+ bytes/,
  );
});

limited(
  "max_subscriptions: one more is refused until one is closed",
  "max_subscriptions = 2",
  async (client) => {
    for (const id of ["x", "y"]) await client.request(id, {});
    assert.match(await refusal(client, "z", {}), /^rate-limited: .*\b2\b/);
    assert.deepEqual(await client.request("y", {}), [], "one in place of another is no more");
    client.send("CLOSE", "y");
    assert.deepEqual(await client.request("z", {}), []);
  },
);

limited("max_subscription_id_length: in characters", "max_subscription_id_length = 5", async (client) => {
  assert.equal(
    await refusal(client, "123456", {}),
    "invalid: the subscription id has 6 characters; at most 5 are accepted",
  );
  assert.deepEqual(await client.request("🦒🦒🦒🦒🦒", {}), []);
});

limited("max_filters: of a REQ", "max_filters = 3", async (client) => {
  assert.equal(
    await refusal(client, "x", {}, {}, {}, {}),
    "invalid: there are 4 filters; at most 3 are accepted",
  );
  assert.deepEqual(await client.request("x", {}, {}, {}), []);
});

limited("max_filter_values: of all open subscriptions", "max_filter_values = 3", async (client) => {
  assert.deepEqual(await client.request("x", { kinds: [1, 2] }), []);
  assert.equal(
    await refusal(client, "y", { kinds: [1, 2] }),
    "rate-limited: the filters name 2 values, beside 2 of open subscriptions; at most 3 are accepted in all",
  );
  assert.deepEqual(await client.request("x", { kinds: [1, 2, 3] }), [], "in its own place");
  assert.equal(
    await refusal(client, "x", { kinds: [1, 2, 3, 4] }),
    "invalid: the filters name 4 values; at most 3 are accepted in all",
  );
  await assert.rejects(client.count({ kinds: [1, 2, 3, 4] }), /^Error: invalid: the filters name 4 values/);
});

limited(
  "default_limit, max_limit: stored events a filter",
  "default_limit = 3\nmax_limit = 5",
  async (client) => {
    await client.publishAll(
      Array.from({ length: 10 }, (_, n) => signedEvent({ content: `${n}`, kind: 7 })),
    );
    await client.publishAll(
      Array.from({ length: 10 }, (_, n) => signedEvent({ content: `${n}` }, secretKey(2))),
    );
    for (const [limit, found] of [[undefined, 3], [2, 2], [5, 5], [6, 5], [1e9, 5], [0, 0]]) {
      assert.equal((await client.request("x", { kinds: [1], limit })).length, found, `limit ${limit}`);
    }
  },
);

limited("max_future_seconds: created_at ahead of the clock", "max_future_seconds = 60", async (client) => {
  assert.deepEqual(await client.publish(signedEvent({ created_at: now() + 50 })), [true, ""]);
  assert.match(
    await refusedEvent(client, { created_at: now() + 1262 }),
    /^invalid: created_at is 1,26\d s ahead of the relay's clock; at most 60 are accepted$/,
  );
  assert.match(await refusedEvent(client, { created_at: Number.MAX_SAFE_INTEGER }), /^invalid: created_at/);
  assert.deepEqual(await client.publish(signedEvent({ created_at: 0 })), [true, ""], "the past is no matter");
});

limited("max_event_tags", "max_event_tags = 2", async (client) => {
  const tags = [["t", "a"], ["t", "b"], ["t", "c"]];
  assert.equal(await refusedEvent(client, { tags }), "invalid: the event has 3 tags; at most 2 are accepted");
  assert.deepEqual(await client.publish(signedEvent({ tags: tags.slice(1) })), [true, ""]);
});

limited("max_content_length: in Unicode characters", "max_content_length = 5", async (client) => {
  assert.equal(
    await refusedEvent(client, { content: "123456" }),
    "invalid: content has 6 characters; at most 5 are accepted",
  );
  assert.deepEqual(await client.publish(signedEvent({ content: "🦒🦒🦒🦒🦒" })), [true, ""]);
});

limited("event_kind_blacklist", "event_kind_blacklist = [4, 1059]", async (client) => {
  for (const kind of [4, 1059]) assert.match(await refusedEvent(client, { kind }), /^blocked: .*\bkind \d+/);
  assert.deepEqual(await client.publish(signedEvent({ kind: 5 })), [true, ""]);
});

limited("event_kind_allowlist", "event_kind_allowlist = [0, 1]", async (client) => {
  assert.match(await refusedEvent(client, { kind: 7 }), /^blocked: kind 7 .*0, 1/);
  assert.deepEqual(await client.publish(signedEvent({ kind: 0 })), [true, ""]);
});

limited(
  "messages_per_sec: events beyond it are refused for a while",
  "messages_per_sec = 2",
  async (client) => {
    const events = Array.from({ length: 6 }, (_, n) => signedEvent({ content: `${n}` }));
    for (const event of events) client.send("EVENT", event);
    const reasons: string[] = [];
    for (const _ of events) {
      const [, , accepted, reason] = await client.next("OK");
      if (!accepted) reasons.push(reason);
    }
    assert.ok(reasons.length >= 3);
    for (const reason of reasons) {
      assert.match(
        reason,
        /^rate-limited: .*\b2 events a second; try again in [\d.]+ s/,
      );
    }
  },
);

limited(
  "subscriptions_per_min: of REQs and COUNTs of a connection",
  "subscriptions_per_min = 2",
  async (client) => {
    await client.request("x", {});
    await client.count({});
    assert.match(await refusal(client, "x", {}), /^rate-limited: .*\b2 times a minute; try again in \d+ s/);
  },
);

test("authorization.pubkey_whitelist: events by these authors only", async () => {
  const { pubkey } = signedEvent();
  await using relay = await startRelay(`[authorization]\npubkey_whitelist = ["${pubkey}"]`);
  await using client = await Client.connect(relay.url);
  assert.deepEqual(await client.publish(signedEvent()), [true, ""]);
  const [accepted, reason] = await client.publish(signedEvent({}, secretKey(2)));
  assert.equal(accepted, false);
  assert.match(reason, /^blocked: /);
  assert.equal((await client.request("all", {})).length, 1);
});

test("limits.max_connections: one more is refused with 503, until one goes", async () => {
  await using relay = await startRelay("[limits]\nmax_connections = 2");
  await using first = await Client.connect(relay.url);
  await using second = await Client.connect(relay.url);
  for (const client of [first, second]) assert.deepEqual(await client.request("x", {}), []);
  await using third = await RawClient.dial(relay.port);
  third.write(handshake(relay.port));
  const { status, headers, text } = await third.response();
  assert.equal(status, 503);
  assert.ok(Number(headers.get("retry-after")) > 0);
  assert.match(text, /connections/);
  await second.close();
  await metricBecomes(relay, "nostr_connections", 1);
  await using fourth = await Client.connect(relay.url);
  assert.deepEqual(await fourth.request("x", {}), []);
});

test("limits.max_connections_per_ip: one more from an address is refused with 429", async () => {
  await using relay = await startRelay(
    '[network]\nremote_ip_header = "x-forwarded-for"\n[limits]\nmax_connections_per_ip = 2',
  );
  const from = (address: string) => RawClient.connect(relay.port, { "X-Forwarded-For": address });
  await using first = await from("192.0.2.1");
  await using second = await from("203.0.113.9, 192.0.2.1");
  for (const client of [first, second]) await client.message("AUTH");
  await assert.rejects(from("192.0.2.1"), /429/);
  await using elsewhere = await from("192.0.2.2");
  await elsewhere.message("AUTH");
  await using local = await Client.connect(relay.url);
  assert.deepEqual(await local.request("x", {}), [], "loopback peers are never limited");
  await first[Symbol.asyncDispose]();
  await metricBecomes(relay, "nostr_connections", 3);
  await using again = await from("192.0.2.1");
  await again.message("AUTH");
});

test("limits.max_conn_idle_seconds: never closes a connection with a subscription", async () => {
  await using relay = await startRelay("[limits]\nmax_conn_idle_seconds = 1");
  await using listener = await Client.connect(relay.url);
  await using idle = await Client.connect(relay.url);
  await listener.request("live", {});
  const { code, reason } = await idle.closed();
  assert.equal(code, 1000);
  assert.match(reason, /idle/);
  await listener.publish(signedEvent());
  assert.equal((await listener.next("EVENT"))[1], "live");
});

test("limits.event_persist_buffer: beyond it publishers wait, and none is refused", async () => {
  await using relay = await startRelay("[limits]\nevent_persist_buffer = 1");
  await using alice = await Client.connect(relay.url);
  await using bob = await Client.connect(relay.url);
  const notes = (n: number) =>
    Array.from({ length: 50 }, (_, at) => signedEvent({ created_at: at }, secretKey(n)));
  await Promise.all([alice.publishAll(notes(1)), bob.publishAll(notes(2))]);
  assert.equal(await alice.count({}), 100);
});

test("network.ping_interval_seconds: a client that answers no ping is disconnected", async () => {
  await using relay = await startRelay("[network]\nping_interval_seconds = 1");
  await using dead = await RawClient.connect(relay.port);
  await using alive = await Client.connect(relay.url);
  await dead.closed();
  await metricBecomes(relay, "nostr_connections", 1);
  assert.deepEqual(await alive.request("x", {}), [], "a WebSocket library answers them by itself");
});

test("limits: the first broken is told: size, shape, id, signature, time, expiration, protection, kind", async () => {
  await using relay = await startRelay(
    "[limits]\nmax_event_bytes = 600\nevent_kind_allowlist = [7]\nmax_event_tags = 1\nmax_content_length = 1",
  );
  await using client = await Client.connect(relay.url);
  const tags = [["-"], ["expiration", "1"]];
  const all = signedEvent({ created_at: now() + 5000, tags, content: "xx" });
  const unsigned = { ...all, sig: hex(1) + hex(1) };
  const reason = async (event: unknown) => (await client.publish(event))[1];
  assert.match(await reason({ ...unsigned, kind: -1, content: "x".repeat(600) }), /bytes/);
  assert.match(await reason({ ...unsigned, kind: -1 }), /^invalid: kind/);
  assert.match(await reason({ ...unsigned, content: "yy" }), /^invalid: .*id/);
  assert.match(await reason(unsigned), /^invalid: .*signature/);
  assert.match(await reason(all), /^invalid: created_at/);
  assert.match(await reason(signedEvent({ tags, content: "xx" })), /^invalid: .*expired/);
  assert.match(await reason(signedEvent({ tags: [["-"], ["t", "x"]], content: "xx" })), /^auth-required: /);
  assert.match(
    await reason(signedEvent({ tags: [["t", "x"], ["t", "y"]], content: "xx" })),
    /^blocked: kind/,
  );
  assert.match(await reason(signedEvent({ kind: 7, tags: [["t", "x"], ["t", "y"]], content: "xx" })), /tags/);
  assert.match(await reason(signedEvent({ kind: 7, content: "xx" })), /^invalid: content/);
});
