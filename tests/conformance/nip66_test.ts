import assert from "node:assert/strict";
import { getPublicKey, verifyEvent } from "nostr-tools/pure";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { Client } from "../fixtures/client.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { secretKey } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const settings = `[info]
relay_url = "wss://Relay.Example.com"
secret_key = "${"5".padStart(64, "0")}"
[discovery]
enabled = true
`;

/** The discovery event, live or stored: it is published once the relay listens. */
async function discovered({ url }: TestRelay): Promise<NostrEvent> {
  await using client = await Client.connect(url);
  client.send("REQ", "x", { kinds: [30_166], authors: [getPublicKey(secretKey(5))] });
  const [, , event] = await client.next("EVENT");
  return event;
}

const values = ({ tags }: NostrEvent, name: string) =>
  tags.filter(([each]) => each === name).map(([, value]) => value);

test("NIP-66: the relay publishes what it is, under its own key", async () => {
  await using relay = await startRelay(settings);
  const event = await discovered(relay);
  assert.ok(verifyEvent({ ...event, tags: event.tags.map((tag) => [...tag]) }));
  assert.deepEqual(values(event, "d"), ["wss://relay.example.com/"], "the relay's normalized URL");
  assert.deepEqual(values(event, "n"), ["clearnet"]);
  assert.deepEqual(values(event, "R"), ["!auth", "!writes", "!pow", "!payment"]);
  const response = await fetch(relay.httpUrl, { headers: { accept: "application/nostr+json" } });
  const document = await response.json();
  assert.deepEqual(JSON.parse(event.content), document, "the NIP-11 document");
  assert.deepEqual(values(event, "N"), document.supported_nips.map(String));
  assert.ok(document.supported_nips.includes(66));
  assert.equal(document.self, event.pubkey);
});

test("NIP-66: what the operator tells is passed on, false values with !, each value in a tag of its own", async () => {
  await using relay = await startRelay(`${settings}
relay_type = "PublicOutbox"
topics = ["giraffes", "savannas"]
geohash = "u33d"
[limits]
min_pow_difficulty = 1
event_kind_allowlist = [7, 1, 30166]
event_kind_blacklist = [4]`);
  const event = await discovered(relay);
  assert.deepEqual(values(event, "T"), ["PublicOutbox"]);
  assert.deepEqual(values(event, "t"), ["giraffes", "savannas"]);
  assert.deepEqual(values(event, "g"), ["u33d"]);
  assert.deepEqual(values(event, "k"), ["1", "!4", "7", "30166"]);
  assert.deepEqual(values(event, "R"), ["!auth", "writes", "pow", "!payment"]);
});

for (const [host, network] of [["x.onion", "tor"], ["x.i2p", "i2p"], ["x.loki", "loki"]] as const) {
  test(`NIP-66: a host whose name ends like ${host} is in the network ${network}`, async () => {
    await using relay = await startRelay(settings.replace("Relay.Example.com", host));
    assert.deepEqual(values(await discovered(relay), "n"), [network]);
  });
}

test("NIP-66: without [discovery] nothing is published", async () => {
  await using relay = await startRelay(settings.replace("enabled = true", "enabled = false"));
  await using client = await Client.connect(relay.url);
  assert.equal(await client.count({}), 0);
});
