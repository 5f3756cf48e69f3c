import assert from "node:assert/strict";
import { getPublicKey } from "nostr-tools/pure";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { openForWriting } from "../../src/storage/sqlite/open.ts";
import { Writer } from "../../src/storage/sqlite/writer.ts";
import { authenticate } from "../fixtures/auth.ts";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { manage, MANAGED } from "../fixtures/management.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";
import { temporaryDirectory } from "../storage/stores.ts";

const [alice, bob] = [secretKey(1), secretKey(2)];
const THEN = 1_700_000_000;
const ALL = [["relay", "ALL_RELAYS"]];
const BLOCKED = /^blocked: .* has asked to vanish from this relay$/;

const vanish = (created_at = THEN, tags = ALL) => signedEvent({ kind: 62, created_at, tags }, alice);
const note = (created_at: number, given: Partial<NostrEvent> = {}, key = alice) =>
  signedEvent({ created_at, ...given }, key);
const idsOf = (events: readonly NostrEvent[]) => events.map(({ id }) => id);

testOnEngines(
  "NIP-62: everything of the author up to the request's time is gone with its OK",
  async (relay) => {
    await using client = await Client.connect(relay.url);
    const gone = [
      note(THEN - 9),
      note(THEN, { kind: 0 }),
      note(THEN - 1, { kind: 30_023, tags: [["d", "x"]] }),
      note(THEN - 2, { kind: 5, tags: [["e", "0".repeat(64)]] }),
    ];
    const left = [note(THEN + 1), note(THEN - 9, {}, bob)];
    await client.publishAll([...gone, ...left]);
    assert.deepEqual(await client.publish(vanish()), [true, ""]);
    assert.deepEqual(idsOf(await client.request("x", {})), idsOf([left[0]!, vanish(), left[1]!]));
    assert.equal(
      await client.count({ authors: [getPublicKey(alice)], until: THEN, kinds: [0, 1, 5, 30_023] }),
      0,
    );
  },
);

testOnEngines("NIP-62: what has vanished cannot be broadcast here again, by nobody", async (relay) => {
  await using client = await Client.connect(relay.url);
  const old = note(THEN - 5);
  await client.publishAll([old, vanish()]);
  for (const event of [old, note(THEN), note(THEN - 3, { kind: 5, tags: [["e", old.id]] })]) {
    const [accepted, reason] = await client.publish(event);
    assert.equal(accepted, false);
    assert.match(reason, BLOCKED);
  }
  assert.deepEqual(await client.publish(vanish()), [true, "duplicate: this event is already stored"]);
  assert.deepEqual(await client.publish(note(THEN + 1)), [true, ""]);
});

testOnEngines("NIP-62: gift wraps to the author go as well, and may not come back", async (relay) => {
  const wrap = (to: Uint8Array, by: Uint8Array) =>
    note(THEN - 1, { kind: 1_059, tags: [["p", getPublicKey(to)]] }, by);
  const [toAlice, toBob] = [wrap(alice, secretKey(8)), wrap(bob, secretKey(9))];
  await using client = await Client.connect(relay.url);
  await authenticate(client, relay.url, alice, bob);
  await client.publishAll([toAlice, toBob, vanish()]);
  assert.deepEqual(idsOf(await client.request("x", { kinds: [1_059] })), [toBob.id]);
  assert.match((await client.publish(toAlice))[1], BLOCKED);
});

testOnEngines("NIP-62: a deletion request against a request to vanish has no effect", async (relay) => {
  await using client = await Client.connect(relay.url);
  await client.publishAll([vanish(), note(THEN + 1, { kind: 5, tags: [["e", vanish().id], ["k", "62"]] })]);
  assert.deepEqual(idsOf(await client.request("x", { kinds: [62] })), [vanish().id]);
  assert.match((await client.publish(note(THEN - 1)))[1], BLOCKED);
});

test("NIP-62: a relay that was cut off while it removed goes on after its restart", async () => {
  using directory = temporaryDirectory();
  {
    using held = openForWriting(directory.path); // a writer alone stores the request, and has no time for more
    new Writer(held.database).save([note(THEN - 1), vanish()].map((event) => JSON.stringify(event)));
  }
  await using relay = await startRelay(
    `[database]\nengine = "sqlite"\ndata_directory = ${
      JSON.stringify(directory.path)
    }\nexpiration_sweep_seconds = 1`,
  );
  await using client = await Client.connect(relay.url);
  assert.match((await client.publish(note(THEN - 2)))[1], BLOCKED);
  const patience = performance.now() + 10_000;
  while (await client.count({ kinds: [1] }) > 0) assert.ok(performance.now() < patience);
  assert.equal(await client.count({ kinds: [62] }), 1);
});

test("NIP-62: the request must name this relay, or all", async () => {
  await using relay = await startRelay('[info]\nrelay_url = "wss://relay.example.com"');
  await using client = await Client.connect(relay.url);
  const name = async (...urls: string[]) =>
    (await client.publish(vanish(THEN, urls.map((url) => ["relay", url]))))[1];
  await client.publishAll([note(THEN - 1)]);
  assert.match(await name(), /^invalid: /);
  assert.match(await name("wss://other.example.com"), /^blocked: .* for other relays/);
  assert.match(await name(relay.url), /^blocked: .* for other relays/);
  assert.equal(await client.count({ kinds: [1, 62] }), 1);
  assert.equal(await name("wss://other.example.com", "wss://relay.example.com/"), "");
  assert.equal(await client.count({ kinds: [1] }), 0);
});

test("NIP-62: a relay that knows no URL of its own goes by the host that the author has asked for", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  const here = vanish(THEN, [["relay", `${relay.url}/`]]);
  assert.match((await client.publish(vanish(THEN, [["relay", "ws://127.0.0.1:1"]])))[1], /^blocked: /);
  assert.match((await client.publish(here))[1], /^auth-required: .*info\.relay_url/);
  await authenticate(client, relay.url, alice);
  assert.deepEqual(await client.publish(here), [true, ""]);
});

const BOB = getPublicKey(bob);
const ADVERTISEMENT = "Buy now! ".repeat(20);

/** Alice asks to vanish of whom something is stored, and nobody hears of it. */
async function vanishesUnseen(relay: TestRelay): Promise<void> {
  await using subscriber = await Client.connect(relay.url);
  await authenticate(subscriber, relay.url, bob);
  await subscriber.request("x", { kinds: [62, 1_059, 20_001] });
  await using client = await Client.connect(relay.url);
  const request = signedEvent({ kind: 62, created_at: THEN, tags: ALL, content: ADVERTISEMENT }, alice);
  for (let n = 0; n < 2; n++) assert.deepEqual(await client.publish(request), [true, ""]);
  await subscriber.publishAll([note(THEN + 1, { kind: 20_001 }, bob)]);
  assert.equal((await subscriber.next("EVENT"))[2].kind, 20_001);
  assert.deepEqual(await subscriber.request("y", { authors: [getPublicKey(alice)] }), []);
  assert.deepEqual(await subscriber.request("z", { ids: [request.id] }), []);
}

for (
  const setting of [
    "[authorization]\nauth_required_to_write = true",
    `[authorization]\nwrite_allowlist = ["${BOB}"]`,
    `[authorization]\npubkey_whitelist = ["${BOB}"]`,
    "[limits]\nevent_kind_blacklist = [62]",
    "[limits]\nmax_content_length = 100",
    "[limits.min_pow_difficulty_by_kind]\n62 = 200",
  ]
) {
  test(`NIP-62: the request is followed whatever the user's status, and nobody sees it: ${setting}`, async () => {
    await using relay = await startRelay(setting);
    await vanishesUnseen(relay);
  });
}

testOnEngines("NIP-62: a banned author vanishes without a word, for good", async (relay) => {
  await using client = await Client.connect(relay.url);
  await authenticate(client, relay.url, alice, bob);
  const wrap = note(THEN - 1, { kind: 1_059, tags: [["p", getPublicKey(alice)]] }, secretKey(8));
  await client.publishAll([wrap]);
  await manage(relay, "banpubkey", getPublicKey(alice));
  await vanishesUnseen(relay);
  assert.equal(await client.count({ kinds: [1_059] }), 0);
  await manage(relay, "unbanpubkey", getPublicKey(alice));
  for (const event of [note(THEN), wrap]) assert.match((await client.publish(event))[1], BLOCKED);
  assert.deepEqual(await client.publish(note(THEN + 1)), [true, ""]);
}, MANAGED);

testOnEngines("NIP-62: of somebody's requests the newest is kept", async (relay) => {
  await using client = await Client.connect(relay.url);
  for (let n = 0; n < 3; n++) assert.deepEqual(await client.publish(vanish(THEN + n)), [true, ""]);
  assert.deepEqual(idsOf(await client.request("x", { kinds: [62] })), [vanish(THEN + 2).id]);
  assert.deepEqual(await client.publish(vanish(THEN + 1)), [
    true,
    "duplicate: a newer request of yours to vanish has been followed",
  ]);
});

testOnEngines("NIP-62: subscribers see the request as any event", async (relay) => {
  await using client = await Client.connect(relay.url);
  await client.request("x", { kinds: [62] });
  await client.publishAll([vanish()]);
  assert.equal((await client.next("EVENT"))[2].id, vanish().id);
});

testOnEngines("NIP-59: a recipient may delete a gift wrap, a stranger may not", async (relay) => {
  await using client = await Client.connect(relay.url);
  const wrap = note(THEN, { kind: 1_059, tags: [["p", getPublicKey(alice)]] }, secretKey(8));
  const deletion = (key: Uint8Array) =>
    note(THEN + 1, { kind: 5, tags: [["e", wrap.id], ["k", "1059"]] }, key);
  await authenticate(client, relay.url, alice);
  await client.publishAll([wrap, deletion(bob)]);
  assert.equal(await client.count({ kinds: [1_059] }), 1);
  await client.publishAll([deletion(alice)]);
  assert.equal(await client.count({ kinds: [1_059] }), 0);
  assert.match((await client.publish(wrap))[1], /^blocked: .* recipient of a gift wrap, has asked to delete/);
});
