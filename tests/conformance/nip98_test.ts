import assert from "node:assert/strict";
import { finalizeEvent } from "nostr-tools/pure";
import { now } from "../fixtures/auth.ts";
import { handmade, MANAGED, post, tagsOf } from "../fixtures/management.ts";
import { RawClient } from "../fixtures/raw_client.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { secretKey } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const call = { method: "supportedmethods", params: [] };

async function outcome(response: Response): Promise<[status: number, error: string]> {
  const { error = "" } = await response.json();
  return [response.status, error];
}

type Tags = { u: string; method: string; payload: string };

/** How the relay answers a call whose token was changed so. */
async function changed(
  relay: TestRelay,
  change: (tags: Tags) => Partial<Tags>,
  fields: { kind?: number; created_at?: number } = {},
): Promise<[status: number, error: string]> {
  const right = tagsOf(relay.httpUrl, call);
  const tags = Object.entries({ ...right, ...change(right) }).filter(([, value]) => value !== undefined);
  return outcome(await post(relay, call, { authorization: handmade({ tags, ...fields }) }));
}

test("NIP-98: a call with a token of nostr-tools is answered", async () => {
  await using relay = await startRelay(MANAGED);
  const response = await post(relay, call);
  assert.equal(response.status, 200);
  assert.ok((await response.json()).result.includes("banpubkey"));
});

for (
  const [rule, change, fields, why] of [
    ["a kind other than 27235", () => ({}), { kind: 22_242 }, /kind 22242/],
    ["a created_at more than 60 s ago", () => ({}), { created_at: now() - 600 }, /created_at/],
    ["a created_at more than 60 s ahead", () => ({}), { created_at: now() + 600 }, /created_at/],
    ["no u tag", () => ({ u: undefined }), {}, /u tag/],
    ["another host", () => ({ u: "http://relay.example/" }), {}, /u tag/],
    ["another port", ({ u }: Tags) => ({ u: u.replace(/\d+$/, "1") }), {}, /u tag/],
    ["another path", ({ u }: Tags) => ({ u: `${u}/admin` }), {}, /u tag/],
    ["a query that was not asked", ({ u }: Tags) => ({ u: `${u}/?x=1` }), {}, /u tag/],
    ["no URL", () => ({ u: "relay" }), {}, /u tag/],
    ["another method", () => ({ method: "GET" }), {}, /method tag/],
    ["no method tag", () => ({ method: undefined }), {}, /method tag/],
    ["another body", () => ({ payload: "0".repeat(64) }), {}, /payload tag/],
    ["no payload tag", () => ({ payload: undefined }), {}, /payload tag/],
  ] as const
) {
  test(`NIP-98: a token with ${rule} gets 401`, async () => {
    await using relay = await startRelay(MANAGED);
    const [status, error] = await changed(relay, change, fields);
    assert.equal(status, 401);
    assert.match(error, why);
  });
}

test("NIP-98: the token's URL may be the relay's as clients write it, or as HTTP does", async () => {
  await using relay = await startRelay(MANAGED);
  for (const u of [relay.httpUrl, `${relay.httpUrl}/`, relay.url, `${relay.url}/`]) {
    assert.deepEqual(await changed(relay, () => ({ u })), [200, ""], u);
  }
});

for (
  const [host, from, status] of [
    ["relay.example", undefined, 401],
    ["192.168.0.7:7000", undefined, 401],
    ["127.0.0.1.example:7000", undefined, 401],
    ["localhost:7000", undefined, 200],
    ["127.0.0.1:7000", undefined, 200],
    ["[::1]:7000", undefined, 200],
    ["localhost:7000", "192.0.2.7", 401],
  ] as const
) {
  const whence = from ?? "this machine";
  test(`NIP-98: without info.relay_url a call to ${host} from ${whence} gets ${status}: it may be another's`, async () => {
    const proxied = 'trusted_proxies = ["127.0.0.1"]\nremote_ip_header = "x-real-ip"\n';
    await using relay = await startRelay(`[network]\n${proxied}${MANAGED}`);
    const body = JSON.stringify(call);
    const authorization = handmade({ tags: Object.entries(tagsOf(`http://${host}/`, call)) });
    await using client = await RawClient.dial(relay.port);
    client.write([
      "POST / HTTP/1.1",
      `Host: ${host}`,
      ...from === undefined ? [] : [`X-Real-IP: ${from}`],
      "Content-Type: application/nostr+json+rpc",
      `Content-Length: ${body.length}`,
      `Authorization: ${authorization}`,
      "",
      body,
    ].join("\r\n"));
    const response = await client.response();
    assert.equal(response.status, status);
    if (status === 401) assert.match(response.text, /info\.relay_url of the relay's configuration is unset/);
  });
}

test("NIP-98: with info.relay_url the token must name that, and its TLS", async () => {
  await using relay = await startRelay(`[info]\nrelay_url = "wss://relay.example/nostr"\n${MANAGED}`);
  for (
    const [u, status] of [
      ["wss://relay.example/nostr", 200],
      ["https://relay.example:443/nostr/", 200],
      ["http://relay.example/nostr", 401],
      ["wss://relay.example/", 401],
      [relay.httpUrl, 401],
    ] as const
  ) assert.equal((await changed(relay, () => ({ u })))[0], status, u);
});

test("NIP-98: without a token, or with what is none, 401 says what is missing", async () => {
  await using relay = await startRelay(MANAGED);
  for (
    const authorization of [
      undefined,
      "Bearer abc",
      "Nostr",
      "Nostr ???",
      `Nostr ${btoa("{}")}`,
      `Nostr ${btoa("[")}`,
      `Nostr ${"A".repeat(9_000)}`,
    ]
  ) {
    const response = await post(relay, call, { authorization });
    assert.equal(response.headers.get("www-authenticate"), "Nostr");
    const [status, error] = await outcome(response);
    assert.equal(status, 401);
    assert.match(error, /Authorization header|token is not an event/);
  }
});

test("NIP-98: a signature that is not right gets 401", async () => {
  await using relay = await startRelay(MANAGED);
  const tags = Object.entries(tagsOf(relay.httpUrl, call));
  const event = finalizeEvent({ kind: 27_235, created_at: now(), tags, content: "" }, secretKey(9));
  const other = finalizeEvent({ kind: 1, created_at: now(), tags: [], content: "" }, secretKey(9));
  const authorization = `Nostr ${btoa(JSON.stringify({ ...event, sig: other.sig }))}`;
  const [status, error] = await outcome(await post(relay, call, { authorization }));
  assert.equal(status, 401);
  assert.match(error, /signature/);
});

test("NIP-98: a token is good for one call", async () => {
  await using relay = await startRelay(MANAGED);
  const authorization = handmade({ tags: Object.entries(tagsOf(relay.httpUrl, call)) });
  assert.deepEqual(await outcome(await post(relay, call, { authorization })), [200, ""]);
  const [status, error] = await outcome(await post(relay, call, { authorization }));
  assert.equal(status, 401);
  assert.match(error, /used before/);
});

test("NIP-98: who has signed right but is no operator gets 403", async () => {
  await using relay = await startRelay(MANAGED);
  assert.equal((await outcome(await post(relay, call, { key: secretKey(3) })))[0], 403);
});

test("NIP-98: info.pubkey is an operator too", async () => {
  await using relay = await startRelay(
    `[info]\npubkey = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"\n${MANAGED}`,
  );
  assert.equal((await outcome(await post(relay, call, { key: secretKey(1) })))[0], 200);
  assert.equal((await outcome(await post(relay, call)))[0], 200);
});

test("NIP-98: who may not call is refused before the body has come", async () => {
  await using relay = await startRelay(MANAGED);
  const tags = Object.entries(tagsOf(relay.httpUrl, call));
  for (const [authorization, status] of [["", 401], [handmade({ tags }, secretKey(3)), 403]] as const) {
    await using client = await RawClient.dial(relay.port);
    client.write([
      "POST / HTTP/1.1",
      `Host: 127.0.0.1:${relay.port}`,
      "Content-Type: application/nostr+json+rpc",
      "Content-Length: 1000",
      `Authorization: ${authorization}`,
      "",
      "{",
    ].join("\r\n"));
    assert.equal((await client.response()).status, status);
  }
});
