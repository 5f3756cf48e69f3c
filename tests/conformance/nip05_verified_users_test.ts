import assert from "node:assert/strict";
import type { Web } from "../../src/identity/web.ts";
import { Client } from "../fixtures/client.ts";
import { startRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";
import { temporaryDirectory } from "../storage/stores.ts";

const ALICE = secretKey(1), BOB = secretKey(2);
const note = (key: Uint8Array, content = "") => signedEvent({ content }, key);
const profile = (key: Uint8Array, nip05: string, created_at = 1_700_000_000) =>
  signedEvent({ kind: 0, created_at, content: JSON.stringify({ nip05 }) }, key);

/** A web in which example.com confirms one name only. */
const web: Web = {
  resolve: () => Promise.resolve(["1.1.1.1"]),
  get: () => Promise.resolve({ status: 200, body: JSON.stringify({ names: { alice: note(ALICE).pubkey } }) }),
};

const start = (settings: string) => startRelay(`[verified_users]\n${settings}`, { port: 0 }, web);

test("verified users: enabled: the very profile that proves its author is accepted, and then all else", async () => {
  await using relay = await start('mode = "enabled"');
  await using client = await Client.connect(relay.url);
  const [accepted, reason] = await client.publish(note(ALICE));
  assert.ok(!accepted);
  assert.match(reason, /^blocked: .*publish a profile \(kind 0\) with a nip05/);
  assert.deepEqual(await client.publish(profile(ALICE, "alice@example.com")), [true, ""]);
  assert.deepEqual(await client.publish(note(ALICE)), [true, ""]);
  assert.equal(await client.count({}), 2);
});

test("verified users: enabled: a profile that its domain denies is refused, and told what to do", async () => {
  await using relay = await start('mode = "enabled"');
  await using client = await Client.connect(relay.url);
  const [accepted, reason] = await client.publish(profile(BOB, "alice@example.com"));
  assert.ok(!accepted);
  assert.match(
    reason,
    /^blocked: alice@example\.com does not lead .*https:\/\/example\.com\/\.well-known\/nostr\.json\?name=alice/,
  );
  assert.equal(await client.count({}), 0);
});

test("verified users: enabled: whoever asks to vanish may do so", async () => {
  await using relay = await start('mode = "enabled"');
  await using client = await Client.connect(relay.url);
  const request = signedEvent({ kind: 62, tags: [["relay", "ALL_RELAYS"]] }, BOB);
  assert.deepEqual(await client.publish(request), [true, ""]);
});

test("verified users: passive: nobody is refused", async () => {
  await using relay = await start('mode = "passive"');
  await using client = await Client.connect(relay.url);
  for (const event of [note(BOB), profile(BOB, "alice@example.com"), profile(ALICE, "alice@example.com")]) {
    assert.deepEqual(await client.publish(event), [true, ""]);
  }
});

test("verified users: enabled: what was verified outlasts a restart", async () => {
  using directory = temporaryDirectory();
  const settings = `mode = "enabled"\n[database]\nengine = "sqlite"\ndata_directory = ${
    JSON.stringify(directory.path)
  }`;
  for (const event of [profile(ALICE, "alice@example.com"), note(ALICE)]) {
    await using relay = await start(settings);
    await using client = await Client.connect(relay.url);
    assert.deepEqual(await client.publish(event), [true, ""]);
  }
});

test("verified users: enabled: NIP-11 says that writing is restricted", async () => {
  for (const [mode, restricted] of [["enabled", true], ["passive", false]] as const) {
    await using relay = await start(`mode = "${mode}"`);
    const response = await fetch(relay.httpUrl, { headers: { accept: "application/nostr+json" } });
    assert.equal((await response.json()).limitation.restricted_writes, restricted);
  }
});
