import assert from "node:assert/strict";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { authenticate, authEvent, now } from "../fixtures/auth.ts";
import { Client } from "../fixtures/client.ts";
import { logged } from "../fixtures/logged.ts";
import { RawClient } from "../fixtures/raw_client.ts";
import { startRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const [alice, bob] = [secretKey(1), secretKey(2)];
const protectedNote = (key: Uint8Array) => signedEvent({ tags: [["-"]] }, key);

test("NIP-42: the first message on a connection is a challenge, another one for each", async () => {
  await using relay = await startRelay();
  const challenges = new Set<string>();
  for (let n = 0; n < 5; n++) {
    await using client = await Client.connect(relay.url);
    const [verb, challenge, ...more] = await client.next();
    assert.equal(verb, "AUTH");
    assert.match(challenge, /^\S{16,}$/);
    assert.deepEqual(more, []);
    challenges.add(challenge);
  }
  assert.equal(challenges.size, 5);
});

test("NIP-42: AUTH is answered with OK", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  const [, challenge] = await client.next("AUTH");
  const event = authEvent(challenge, relay.url);
  client.send("AUTH", event);
  assert.deepEqual(await client.next("OK", "NOTICE"), ["OK", event.id, true, ""]);
});

test("NIP-42: several public keys are authenticated side by side", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await authenticate(client, relay.url, alice, bob);
  for (const key of [alice, bob]) assert.deepEqual(await client.publish(protectedNote(key)), [true, ""]);
});

test("NIP-42: a message after AUTH is judged with it, though it was sent without waiting", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  const [, challenge] = await client.next("AUTH");
  const [first, second] = [authEvent(challenge, relay.url), protectedNote(alice)];
  client.send("AUTH", first);
  client.send("EVENT", second);
  assert.deepEqual(await client.next("OK"), ["OK", first.id, true, ""]);
  assert.deepEqual(await client.next("OK"), ["OK", second.id, true, ""]);
});

test("NIP-42: a challenge holds as long as the connection, after a refusal too", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  const [, challenge] = await client.next("AUTH");
  client.send("AUTH", authEvent("wrong", relay.url));
  assert.equal((await client.next("OK"))[2], false);
  for (const key of [alice, alice, bob]) {
    client.send("AUTH", authEvent(challenge, relay.url, { key }));
    assert.equal((await client.next("OK"))[2], true);
  }
  client.send("AUTH", authEvent("wrong", relay.url));
  assert.equal((await client.next("OK"))[2], false);
  assert.deepEqual(await client.publish(protectedNote(alice)), [true, ""], "alice is still authenticated");
});

test("NIP-42: authentication belongs to its connection", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await using other = await Client.connect(relay.url);
  await authenticate(client, relay.url, alice);
  assert.match((await other.publish(protectedNote(alice)))[1], /^auth-required: /);
  const [, challenge] = await other.next("AUTH");
  client.send("AUTH", authEvent(challenge, relay.url));
  assert.equal((await client.next("OK"))[2], false, "another connection's challenge");
});

for (
  const [what, sentence, forge] of [
    ["a wrong challenge", "challenge", (_, url) => authEvent("0".repeat(32), url)],
    ["no challenge", "challenge", (_, url) => authEvent("", url, { tags: [["relay", url]] })],
    ["another relay", "relay", (challenge) => authEvent(challenge, "wss://relay.example.com/")],
    ["another port", "relay", (challenge) => authEvent(challenge, "ws://127.0.0.1:1/")],
    ["a relay that is no URL", "relay", (challenge) => authEvent(challenge, "here")],
    [
      "a relay that only begins like this one",
      "relay",
      (challenge, url) => authEvent(challenge, `${url}.example.com`),
    ],
    ["an http: relay", "relay", (challenge, url) => authEvent(challenge, url.replace("ws:", "http:"))],
    ["no relay", "relay", (challenge) => authEvent(challenge, "", { tags: [["challenge", challenge]] })],
    ["another kind", "kind", (challenge, url) => authEvent(challenge, url, { kind: 1 })],
    [
      "an old event",
      "created_at",
      (challenge, url) => authEvent(challenge, url, { created_at: now() - 660 }),
    ],
    [
      "one of the future",
      "created_at",
      (challenge, url) => authEvent(challenge, url, { created_at: now() + 660 }),
    ],
    [
      "a forged signature",
      "signature",
      (challenge, url) => ({
        ...authEvent(challenge, url),
        sig: authEvent(challenge, url, { key: bob }).sig,
      }),
    ],
    ["a wrong id", "id", (challenge, url) => ({ ...authEvent(challenge, url), content: "changed" })],
    ["a malformed event", "pubkey", (challenge, url) => ({ ...authEvent(challenge, url), pubkey: "x" })],
  ] as [string, string, (challenge: string, url: string) => NostrEvent][]
) {
  test(`NIP-42: ${what} is refused with OK false, invalid:`, async () => {
    await using relay = await startRelay();
    await using client = await Client.connect(relay.url);
    const [, challenge] = await client.next("AUTH");
    const event = forge(challenge, relay.url);
    client.send("AUTH", event);
    const [verb, id, accepted, reason] = await client.next("OK", "NOTICE");
    assert.deepEqual([verb, id, accepted], ["OK", event.id, false]);
    assert.match(reason, new RegExp(`^invalid: .*${sentence}`));
    assert.match((await client.publish(protectedNote(alice)))[1], /^auth-required: /);
  });
}

test("NIP-42: created_at may be ten minutes off, either way", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  const [, challenge] = await client.next("AUTH");
  for (const off of [-590, 590]) {
    client.send("AUTH", authEvent(challenge, relay.url, { created_at: now() + off }));
    assert.equal((await client.next("OK"))[2], true, `${off} s`);
  }
});

test("NIP-42: AUTH without an event gets a NOTICE", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (const rest of [[], [null], ["challenge"], [{}], [{ id: 5 }]]) {
    client.send("AUTH", ...rest);
    assert.match((await client.next("NOTICE", "OK"))[1], /^invalid: /);
  }
});

test("NIP-42: kind 22242 is never stored and never reaches another client", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await using listener = await Client.connect(relay.url);
  await listener.request("live", { kinds: [22_242] });
  await listener.request("all", {});
  const [, challenge] = await client.next("AUTH");
  const event = authEvent(challenge, relay.url);
  client.send("AUTH", event);
  assert.equal((await client.next("OK"))[2], true);
  const [accepted, reason] = await client.publish(event);
  assert.equal(accepted, false);
  assert.match(reason, /^invalid: .*22242/);
  assert.equal(await client.count({}), 0);
  assert.deepEqual((await listener.drain()).filter(([verb]) => verb === "EVENT"), []);
});

test("NIP-42: with info.relay_url that address counts, not the one the client asked under", async () => {
  await using relay = await startRelay('[info]\nrelay_url = "wss://relay.example.com/nostr"');
  await using client = await Client.connect(relay.url);
  const [, challenge] = await client.next("AUTH");
  for (
    const [url, accepted] of [
      ["wss://relay.example.com/nostr", true],
      ["wss://relay.example.com/nostr/", true],
      ["WSS://Relay.Example.COM/nostr", true],
      ["wss://relay.example.com:443/nostr", true],
      ["ws://relay.example.com/nostr", true],
      ["wss://relay.example.com/", false],
      ["wss://relay.example.com:444/nostr", false],
      ["wss://example.com/nostr", false],
      ["wss://relay.example.com.evil.example/nostr", false],
      ["wss://relay.example.com@evil.example/nostr", false],
      [relay.url, false],
    ] as const
  ) {
    client.send("AUTH", authEvent(challenge, url));
    assert.equal((await client.next("OK"))[2], accepted, url);
  }
});

test("NIP-42: without info.relay_url the host that the client asked for counts", async () => {
  await using relay = await startRelay();
  await using client = await RawClient.connect(relay.port, { Host: "Relay.Example.com" });
  const [, challenge] = await client.message("AUTH");
  for (
    const [url, accepted] of [
      ["wss://relay.example.com", true],
      ["wss://relay.example.com/", true],
      ["ws://RELAY.example.com:80/any/path", true],
      [relay.url, false],
      ["wss://example.com", false],
    ] as const
  ) {
    client.send("AUTH", authEvent(challenge, url));
    assert.equal((await client.message("OK"))[2], accepted, url);
  }
});

test("NIP-42: a connection speaks for 64 public keys at most", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await authenticate(client, relay.url, ...Array.from({ length: 64 }, (_, n) => secretKey(n + 1)));
  client.send("AUTH", authEvent("", relay.url));
  assert.equal((await client.next("OK"))[2], false);
});

test("NIP-42: switched off, there is no challenge, and AUTH is refused as unsupported:", async () => {
  await using relay = await startRelay("[authorization]\nnip42_auth = false");
  await using client = await Client.connect(relay.url);
  client.send("AUTH", authEvent("", relay.url));
  const [verb, , accepted, reason] = await client.next();
  assert.deepEqual([verb, accepted], ["OK", false]);
  assert.match(reason, /^unsupported: /);
});

for (
  const [rule, settings, expected] of [
    ["without info.relay_url a warning at the start names it", "", 1],
    ["with it there is none", '[info]\nrelay_url = "wss://relay.example"', 0],
    ["nor where nobody can authenticate", "[authorization]\nnip42_auth = false", 0],
  ] as const
) {
  test(`NIP-42: ${rule}`, async () => {
    const records = await logged("relay", async () => await (await startRelay(settings)).relay.stop());
    const about = records.filter(({ message }) => message.join("").startsWith("info.relay_url is unset"));
    assert.deepEqual(about.map(({ level }) => level), Array(expected).fill("warning"));
  });
}
