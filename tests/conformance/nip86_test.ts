import assert from "node:assert/strict";
import { getPublicKey } from "nostr-tools/pure";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { manage, MANAGED, post } from "../fixtures/management.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const [alice, bob] = [secretKey(1), secretKey(2)];
const [ALICE, BOB] = [getPublicKey(alice), getPublicKey(bob)];
const ID = "1".repeat(64);

async function information({ httpUrl }: TestRelay) {
  return await (await fetch(httpUrl, { headers: { accept: "application/nostr+json" } })).json();
}

/** Asks until the stored events are so many. */
async function countBecomes(client: Client, filter: object, count: number): Promise<void> {
  for (const end = performance.now() + 10_000; await client.count(filter) !== count;) {
    if (performance.now() > end) throw new Error(`${JSON.stringify(filter)} never came to be ${count}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

testOnEngines("NIP-86: a banned author's events go, and no others come", async (relay) => {
  await using client = await Client.connect(relay.url);
  const events = Array.from({ length: 120 }, (_, n) => signedEvent({ content: `${n}` }, alice));
  await client.publishAll([...events, signedEvent({}, bob)]);
  assert.equal(await manage(relay, "banpubkey", ALICE, "spam"), true);
  assert.match((await client.publish(signedEvent({ content: "more" }, alice)))[1], /^blocked: .*banned/);
  assert.match((await client.publish(signedEvent({ kind: 20_001 }, alice)))[1], /^blocked: /);
  await countBecomes(client, {}, 1);
  assert.deepEqual((await client.request("all", {})).map(({ pubkey }) => pubkey), [BOB]);
  assert.deepEqual(await manage(relay, "listbannedpubkeys"), [{ pubkey: ALICE, reason: "spam" }]);

  assert.equal(await manage(relay, "unbanpubkey", ALICE), true);
  assert.deepEqual(await manage(relay, "listbannedpubkeys"), []);
  assert.deepEqual(await client.publish(events[0]), [true, ""]);
}, MANAGED);

testOnEngines("NIP-86: a banned event goes and never comes back, unless it is allowed", async (relay) => {
  await using client = await Client.connect(relay.url);
  const [banned, other] = [signedEvent({ content: "a" }), signedEvent({ content: "b" })];
  await client.publishAll([banned, other]);
  assert.equal(await manage(relay, "banevent", banned.id, "illegal"), true);
  await countBecomes(client, {}, 1);
  assert.match((await client.publish(banned))[1], /^blocked: .*banned/);
  assert.deepEqual(await manage(relay, "listbannedevents"), [{ id: banned.id, reason: "illegal" }]);
  assert.equal(await manage(relay, "allowevent", banned.id), true);
  assert.deepEqual(await manage(relay, "listbannedevents"), []);
  assert.deepEqual(await client.publish(banned), [true, ""]);
}, MANAGED);

testOnEngines("NIP-86: reported events need moderation until they are allowed or banned", async (relay) => {
  await using client = await Client.connect(relay.url);
  const [first, second, third] = [0, 1, 2].map((n) => signedEvent({ content: `${n}` })) as [
    NostrEvent,
    NostrEvent,
    NostrEvent,
  ];
  const report = (created_at: number, id: string, content: string) =>
    signedEvent({ kind: 1984, created_at, content, tags: [["e", id, "spam"], ["p", ALICE]] }, bob);
  const reports = [report(1, first.id, "too much"), report(2, second.id, ""), report(3, ID, "not here")];
  await client.publishAll([first, second, third, ...reports]);
  assert.deepEqual(await manage(relay, "listeventsneedingmoderation"), [
    { id: second.id, reason: "spam" },
    { id: first.id, reason: "spam: too much" },
  ]);
  await manage(relay, "allowevent", first.id);
  await manage(relay, "banevent", second.id);
  assert.deepEqual(await manage(relay, "listeventsneedingmoderation"), []);
}, MANAGED);

test("NIP-86: once an author is allowed, others are not", async () => {
  await using relay = await startRelay(MANAGED);
  await using client = await Client.connect(relay.url);
  assert.equal((await information(relay)).limitation.restricted_writes, false);
  assert.equal(await manage(relay, "allowpubkey", ALICE, "friend"), true);
  assert.deepEqual(await client.publish(signedEvent({}, alice)), [true, ""]);
  assert.match((await client.publish(signedEvent({}, bob)))[1], /^blocked: /);
  assert.deepEqual(await manage(relay, "listallowedpubkeys"), [{ pubkey: ALICE, reason: "friend" }]);
  assert.equal((await information(relay)).limitation.restricted_writes, true);
  assert.equal(await manage(relay, "unallowpubkey", ALICE), true);
  assert.deepEqual(await client.publish(signedEvent({}, bob)), [true, ""]);
});

test("NIP-86: allowed authors come beside those of pubkey_whitelist, and bans go before both", async () => {
  await using relay = await startRelay(`[authorization]\npubkey_whitelist = ["${ALICE}"]\n${MANAGED}`);
  await using client = await Client.connect(relay.url);
  await manage(relay, "allowpubkey", BOB);
  assert.deepEqual(await client.publish(signedEvent({}, alice)), [true, ""]);
  assert.deepEqual(await client.publish(signedEvent({}, bob)), [true, ""]);
  assert.deepEqual(await manage(relay, "listallowedpubkeys"), [
    { pubkey: ALICE, reason: "configuration" },
    { pubkey: BOB },
  ]);
  await assert.rejects(manage(relay, "unallowpubkey", ALICE), /pubkey_whitelist/);
  await manage(relay, "banpubkey", BOB);
  assert.match((await client.publish(signedEvent({ content: "x" }, bob)))[1], /^blocked: .*banned/);
});

test("NIP-86: a settled kind goes before the configuration's lists", async () => {
  await using relay = await startRelay(
    `[limits]\nevent_kind_allowlist = [1, 6]\nevent_kind_blacklist = [4]\n${MANAGED}`,
  );
  await using client = await Client.connect(relay.url);
  const accepts = async (kind: number) => (await client.publish(signedEvent({ kind })))[0];
  assert.deepEqual(await manage(relay, "listallowedkinds"), [1, 6]);
  assert.deepEqual([await accepts(1), await accepts(4), await accepts(7)], [true, false, false]);
  for (const kind of [4, 7]) assert.equal(await manage(relay, "allowkind", kind), true);
  assert.equal(await manage(relay, "disallowkind", 6), true);
  assert.deepEqual(await manage(relay, "listallowedkinds"), [1, 4, 7]);
  assert.deepEqual([await accepts(4), await accepts(7), await accepts(6)], [true, true, false]);
});

testOnEngines(
  "NIP-86: name, description and icon change at once in NIP-11's document and the page",
  async (relay) => {
    await manage(relay, "changerelayname", "Tall <b>");
    await manage(relay, "changerelaydescription", "Of necks");
    await manage(relay, "changerelayicon", "https://relay.example/neck.png");
    const { name, description, icon, contact } = await information(relay);
    const expected = ["Tall <b>", "Of necks", "https://relay.example/neck.png", "mailto:x@example.com"];
    assert.deepEqual([name, description, icon, contact], expected);
    const page = await (await fetch(relay.httpUrl, { headers: { accept: "text/html" } })).text();
    assert.ok(page.includes("Tall &#60;b&#62;") && page.includes("Of necks"), page);
    await manage(relay, "changerelayname", "");
    assert.equal((await information(relay)).name, "Configured");
  },
  `[info]\nname = "Configured"\ncontact = "mailto:x@example.com"\n${MANAGED}`,
);

const PROXIED = `[network]\nremote_ip_header = "x-real-ip"\n${MANAGED}`;

/** How a WebSocket from this address ends, or what the handshake answers. */
async function connectFrom(relay: TestRelay, address: string): Promise<number> {
  const response = await fetch(relay.httpUrl, {
    headers: {
      "x-real-ip": address,
      upgrade: "websocket",
      connection: "upgrade",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    },
  });
  await response.body?.cancel();
  return response.status;
}

test("NIP-86: a blocked address is refused, an IPv6 one with its /64, until it is unblocked", async () => {
  await using relay = await startRelay(PROXIED);
  assert.equal(await manage(relay, "blockip", "192.0.2.7", "flood"), true);
  assert.equal(await manage(relay, "blockip", "2001:DB8::1"), true);
  assert.deepEqual(await manage(relay, "listblockedips"), [
    { ip: "192.0.2.7", reason: "flood" },
    { ip: "2001:DB8::1" },
  ]);
  assert.equal(await connectFrom(relay, "192.0.2.7"), 403);
  assert.equal(await connectFrom(relay, "::ffff:192.0.2.7"), 403);
  assert.equal(await connectFrom(relay, "2001:db8:0:0:9::9"), 403);
  await manage(relay, "unblockip", "2001:db8::2");
  await manage(relay, "unblockip", "192.0.2.7");
  assert.deepEqual(await manage(relay, "listblockedips"), []);
});

test("NIP-86: loopback, where proxies are, and what is no address can't be blocked", async () => {
  await using relay = await startRelay(MANAGED);
  for (const ip of ["127.0.0.1", "::1", "localhost", "", "1.2.3"]) {
    await assert.rejects(manage(relay, "blockip", ip), /parameter 1 must be an IP address/, ip);
  }
});

test("NIP-86: supportedmethods lists every other method of the NIP but those about roles", async () => {
  await using relay = await startRelay(MANAGED);
  const methods: string[] = await manage(relay, "supportedmethods");
  assert.deepEqual(methods.toSorted(), [
    "allowevent",
    "allowkind",
    "allowpubkey",
    "banevent",
    "banpubkey",
    "blockip",
    "changerelaydescription",
    "changerelayicon",
    "changerelayname",
    "disallowkind",
    "listallowedkinds",
    "listallowedpubkeys",
    "listbannedevents",
    "listbannedpubkeys",
    "listblockedips",
    "listeventsneedingmoderation",
    "unallowpubkey",
    "unbanpubkey",
    "unblockip",
  ]);
});

for (
  const [method, params] of [
    ["banpubkey", []],
    ["banpubkey", ["npub1"]],
    ["banpubkey", [ALICE.toUpperCase()]],
    ["banpubkey", [ALICE, 7]],
    ["banpubkey", [ALICE, "x".repeat(1_001)]],
    ["banpubkey", [ALICE, "\0"]],
    ["banevent", [[ID]]],
    ["allowkind", ["1"]],
    ["allowkind", [65_536]],
    ["changerelayicon", ["javascript:alert(1)"]],
    ["changerelayname", [null]],
  ] as const
) {
  const shown = `${method}(${JSON.stringify(params).slice(1, 40)})`;
  test(`NIP-86: a parameter that does not fit is told by its place: ${shown}`, async () => {
    await using relay = await startRelay(MANAGED);
    await assert.rejects(manage(relay, method, ...params), /^Error: parameter [12] must be /);
  });
}

test("NIP-86: what is no call is told so", async () => {
  await using relay = await startRelay(MANAGED);
  for (const body of [7, "x", [], {}, { method: 1 }, { method: "x", params: {} }]) {
    assert.equal((await post(relay, body)).status, 400, JSON.stringify(body));
  }
  for (const method of ["constructor", "__proto__", "nothing"]) {
    await assert.rejects(manage(relay, method), /no such method/);
  }
});

test("NIP-86: a POST of another type is no call, and without [management] none is", async () => {
  await using managed = await startRelay(MANAGED);
  const json = { headers: { "content-type": "application/json" } };
  assert.equal((await post(managed, { method: "supportedmethods" }, json)).status, 405);
  await using plain = await startRelay();
  assert.equal((await post(plain, { method: "supportedmethods" })).status, 405);
  assert.ok(!(await information(plain)).supported_nips.includes(86));
  const nips = (await information(managed)).supported_nips;
  assert.ok(nips.includes(86) && nips.includes(98));
});

test("NIP-86: a body of more than 64 KiB is refused", async () => {
  await using relay = await startRelay(MANAGED);
  const response = await post(relay, { method: "banpubkey", params: [ALICE, "x".repeat(70_000)] });
  assert.equal(response.status, 413);
});

test("NIP-86: a browser may call from any site", async () => {
  await using relay = await startRelay(MANAGED);
  const preflight = await fetch(relay.httpUrl, {
    method: "OPTIONS",
    headers: {
      origin: "https://admin.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type",
    },
  });
  await preflight.body?.cancel();
  assert.ok(preflight.ok);
  const allowed = (name: string, { headers }: Response) => headers.get(`access-control-allow-${name}`) ?? "";
  assert.match(allowed("headers", preflight), /\bAuthorization\b/);
  assert.match(allowed("headers", preflight), /\*/);
  assert.match(allowed("methods", preflight), /\bPOST\b/);
  const answer = await post(relay, { method: "supportedmethods", params: [] });
  assert.equal(allowed("origin", answer), "*");
  assert.equal(answer.headers.get("cache-control"), "no-store");
});
