import assert from "node:assert/strict";
import { authenticate } from "../fixtures/auth.ts";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { startRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const [alice, bob] = [secretKey(1), secretKey(2)];
const protectedNote = signedEvent({ tags: [["t", "secret"], ["-"]] }, alice);

test("NIP-70: a protected event is refused as auth-required: from who is not authenticated", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await client.request("live", {});
  const [accepted, reason] = await client.publish(protectedNote);
  assert.equal(accepted, false);
  assert.match(reason, /^auth-required: ./);
  assert.equal(await client.count({}), 0);
  assert.deepEqual((await client.drain()).filter(([verb]) => verb === "EVENT"), []);
});

test("NIP-70: it is refused as restricted: from somebody else", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await authenticate(client, relay.url, bob);
  const [accepted, reason] = await client.publish(protectedNote);
  assert.equal(accepted, false);
  assert.match(reason, /^restricted: ./);
  assert.equal(await client.count({}), 0);
});

testOnEngines("NIP-70: it is accepted from its author, and everyone may read it", async ({ url }) => {
  await using author = await Client.connect(url);
  await using reader = await Client.connect(url);
  await reader.request("live", {});
  assert.match((await author.publish(protectedNote))[1], /^auth-required: /);
  await authenticate(author, url, alice);
  assert.deepEqual(await author.publish(protectedNote), [true, ""]);
  assert.deepEqual(await reader.next("EVENT"), ["EVENT", "live", protectedNote]);
  assert.deepEqual(await reader.request("stored", {}), [protectedNote]);
});

test("NIP-70: the author may be one of several authenticated", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await authenticate(client, relay.url, bob, alice);
  assert.deepEqual(await client.publish(protectedNote), [true, ""]);
});

test("NIP-70: any kind can be protected, ephemeral and addressable ones too", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (const kind of [0, 3, 5, 1059, 20_000, 30_023]) {
    const [accepted, reason] = await client.publish(signedEvent({ kind, tags: [["-"]] }));
    assert.equal(accepted, false, `kind ${kind}`);
    assert.match(reason, /^auth-required: /);
  }
});

test("NIP-70: where nobody can authenticate, protected events are refused for good", async () => {
  await using relay = await startRelay("[authorization]\nnip42_auth = false");
  await using client = await Client.connect(relay.url);
  const [accepted, reason] = await client.publish(protectedNote);
  assert.equal(accepted, false);
  assert.match(reason, /^blocked: /);
});

const openNote = signedEvent({ tags: [["t", "-"]], content: '"-"' });

for (
  const [what, content, accepted] of [
    ["a protected event", JSON.stringify(protectedNote), false],
    ["one with whitespace", JSON.stringify(protectedNote, null, 2), false],
    [
      "one whose tag is spelt with an escape",
      JSON.stringify(protectedNote).replace('"-"', '"\\u002d"'),
      false,
    ],
    ["one whose tag has a value", JSON.stringify({ ...protectedNote, tags: [["-", "x"]] }), false],
    ["an open event", JSON.stringify(openNote), true],
    ["nothing", "", true],
    ["no JSON", '{"-"', true],
    ["JSON that is no event", '{"tags":"-","x":["-"]}', true],
    ["an array", '[["-"]]', true],
  ] as const
) {
  test(`NIP-70: a repost that embeds ${what} is ${accepted ? "accepted" : "refused as blocked:"}`, async () => {
    await using relay = await startRelay();
    await using client = await Client.connect(relay.url);
    await authenticate(client, relay.url, bob);
    for (const kind of [6, 16]) {
      const repost = signedEvent({ kind, content, tags: [["e", protectedNote.id]] }, bob);
      const [verdict, reason] = await client.publish(repost);
      assert.equal(verdict, accepted);
      if (!accepted) assert.match(reason, /^blocked: /);
    }
  });
}
