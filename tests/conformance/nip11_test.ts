import assert from "node:assert/strict";
import { now } from "../fixtures/auth.ts";
import { Client } from "../fixtures/client.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const accept = { accept: "application/nostr+json" };

async function information({ httpUrl }: TestRelay) {
  const response = await fetch(httpUrl, { headers: accept });
  return await response.json();
}

test("NIP-11: Accept: application/nostr+json gets the document, with CORS headers", async () => {
  await using relay = await startRelay('[info]\nname = "Test"\ndescription = "Of giraffes"');
  const response = await fetch(relay.httpUrl, { headers: accept });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^application\/nostr\+json/);
  for (const header of ["origin", "headers", "methods"]) {
    assert.ok(response.headers.get(`access-control-allow-${header}`), header);
  }
  const { name, description, supported_nips, version } = await response.json();
  assert.deepEqual([name, description], ["Test", "Of giraffes"]);
  assert.deepEqual(supported_nips, [1, 9, 11, 17, 40, 42, 45, 59, 62, 67, 70, 77]);
  assert.match(version, /^\d+\.\d+\.\d+/);
});

test("NIP-11: a preflight request is answered", async () => {
  await using relay = await startRelay();
  const response = await fetch(relay.httpUrl, {
    method: "OPTIONS",
    headers: { origin: "https://example.com" },
  });
  assert.ok(response.ok);
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  await response.body?.cancel();
});

test("NIP-11: the document is where the WebSocket is, also at another path", async () => {
  await using relay = await startRelay('[network]\npath = "/nostr"');
  const there = await fetch(`${relay.httpUrl}/nostr`, { headers: accept });
  assert.equal((await there.json()).name, "Longneck");
  const elsewhere = await fetch(relay.httpUrl, { headers: accept });
  assert.equal(elsewhere.status, 404);
  await elsewhere.body?.cancel();
});

test("NIP-11: without authentication, NIP-42 is not among the supported", async () => {
  await using relay = await startRelay("[authorization]\nnip42_auth = false");
  assert.deepEqual((await information(relay)).supported_nips, [1, 9, 11, 40, 45, 62, 67, 70, 77]);
});

test("NIP-11: restricted_writes says that not everything is accepted from everyone", async () => {
  for (
    const [settings, restricted] of [
      ["", false],
      [`[authorization]\npubkey_whitelist = ["${"0".repeat(64)}"]`, true],
      ["[limits]\nevent_kind_allowlist = [1]", true],
    ] as const
  ) {
    await using relay = await startRelay(settings);
    const { limitation } = await information(relay);
    assert.equal(limitation.restricted_writes, restricted, settings);
    assert.deepEqual([limitation.auth_required, limitation.payment_required], [false, false]);
  }
});

const limits = `[limits]
max_ws_message_bytes = 20000
max_event_bytes = 10000
max_subscriptions = 3
max_subscription_id_length = 10
max_limit = 6
default_limit = 4
max_event_tags = 5
max_content_length = 50
max_future_seconds = 100`;

test("NIP-11: every number of limitation is the one that the relay keeps", async () => {
  await using relay = await startRelay(limits);
  await using client = await Client.connect(relay.url);
  const { limitation } = await information(relay);
  const accepts = async (given: Parameters<typeof signedEvent>[0]) =>
    (await client.publish(signedEvent(given)))[0];
  const opens = async (id: string) => {
    client.send("REQ", id, { limit: 0 });
    return (await client.next("EOSE", "CLOSED"))[0] === "EOSE";
  };
  const reads = async (length: number) => {
    client.sendText('["CLOSE","x"]'.padEnd(length));
    return !(await client.drain()).some(([verb]) => verb === "NOTICE");
  };
  const finds = async (filter: object) => (await client.request("x", filter)).length;

  const tags = (count: number) => Array.from({ length: count }, () => ["t", "x"]);
  assert.ok(await accepts({ tags: tags(limitation.max_event_tags) }));
  assert.ok(!await accepts({ tags: tags(limitation.max_event_tags + 1) }));

  assert.ok(await accepts({ content: "🦒".repeat(limitation.max_content_length) }));
  assert.ok(!await accepts({ content: "x".repeat(limitation.max_content_length + 1) }));

  assert.ok(await accepts({ created_at: now() + limitation.created_at_upper_limit - 5 }));
  assert.ok(!await accepts({ created_at: now() + limitation.created_at_upper_limit + 5 }));

  assert.ok(await reads(limitation.max_message_length));
  assert.ok(!await reads(limitation.max_message_length + 1));

  await client.publishAll(Array.from({ length: 10 }, (_, n) => signedEvent({ content: `${n}` })));
  assert.equal(await finds({}), limitation.default_limit);
  assert.equal(await finds({ limit: limitation.max_limit }), limitation.max_limit);
  assert.equal(await finds({ limit: limitation.max_limit + 1 }), limitation.max_limit);
  client.send("CLOSE", "x");

  assert.ok(await opens("x".repeat(limitation.max_subid_length)));
  assert.ok(!await opens("x".repeat(limitation.max_subid_length + 1)));
  for (let open = 1; open < limitation.max_subscriptions; open++) assert.ok(await opens(`${open}`));
  assert.ok(!await opens("more"));
});

test("NIP-11: limitation tells the settings, and no limit that is unset", async () => {
  await using relay = await startRelay();
  assert.deepEqual((await information(relay)).limitation, {
    max_message_length: 512_000,
    max_subscriptions: 32,
    max_subid_length: 256,
    max_limit: 5_000,
    max_event_tags: 2_000,
    auth_required: false,
    payment_required: false,
    restricted_writes: false,
    created_at_upper_limit: 900,
    default_limit: 500,
  });
});
