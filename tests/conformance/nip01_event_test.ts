import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { schnorr } from "@noble/curves/secp256k1.js";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { startRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const note = signedEvent({ content: "hello" });

testOnEngines("EVENT: an accepted event gets OK true and is stored", async ({ url }) => {
  await using client = await Client.connect(url);
  client.send("EVENT", note);
  assert.deepEqual(await client.next("OK"), ["OK", note.id, true, ""]);
  assert.deepEqual(await client.request("all", { ids: [note.id] }), [note]);
});

testOnEngines("EVENT: one that is stored already gets OK true with duplicate:", async ({ url }) => {
  await using client = await Client.connect(url);
  await client.publish(note);
  const [accepted, reason] = await client.publish(note);
  assert.equal(accepted, true);
  assert.match(reason, /^duplicate: ./);
  assert.equal(await client.count({}), 1);
});

/** More than a connection may have in flight. */
const events = Array.from({ length: 700 }, (_, n) => signedEvent({ content: `${n}` }));

testOnEngines("EVENT: more than may be in flight at once are each answered and stored", async ({ url }) => {
  await using client = await Client.connect(url);
  for (const event of events) client.send("EVENT", event);
  const answered = new Set<string>();
  for (const _ of events) {
    const [, id, accepted] = await client.next("OK");
    assert.equal(accepted, true);
    answered.add(id);
  }
  assert.equal(answered.size, events.length);
  assert.equal(await client.count({}), events.length);
});

const TEXTS = [
  ["escapes", 'a\n"\\\r\t\b\fz'],
  ["NUL and other control characters", "\u0000\u0001\u000b\u001f\u007f"],
  ["line separators", "\u2028\u2029\u0085"],
  ["emoji", "🦒👩‍👩‍👧‍👦"],
  ["non-characters and a byte order mark", "\ufeff\uffff\ufdd0"],
  ["slashes and markup", "</script>\\/&amp;\\u0041"],
  ["composed and decomposed letters", "\u00e9 e\u0301"],
] as const;

testOnEngines("EVENT: any text comes back as it was signed", async ({ url }) => {
  await using client = await Client.connect(url);
  for (const [what, content] of TEXTS) {
    const event = signedEvent({ content, tags: [["t", content], [content, content]] });
    assert.deepEqual(await client.publish(event), [true, ""], what);
    assert.deepEqual(await client.request("text", { "#t": [content] }), [event], what);
  }
});

test("EVENT: NIP-01 verbatim, an id over unescaped control characters is right too", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  const { pubkey, created_at, kind } = note;
  const id = hash("sha256", `[0,"${pubkey}",${created_at},${kind},[],"bell \u0007 and tab \\t"]`);
  const sig = schnorr.sign(Uint8Array.fromHex(id), secretKey(1)).toHex();
  const event = { id, pubkey, created_at, kind, tags: [], content: "bell \u0007 and tab \t", sig };
  assert.deepEqual(await client.publish(event), [true, ""]);
  assert.deepEqual(await client.request("all", {}), [event]);
});

test("EVENT: fields that NIP-01 does not know are not kept", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  assert.deepEqual(await client.publish({ ...note, seen: true, constructor: "x" }), [true, ""]);
  assert.deepEqual(await client.request("all", {}), [note]);
});

test("EVENT: whitespace and escapes in the message do not matter", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  client.sendText(` [ "\\u0045VENT" ,\n\t${JSON.stringify(note, null, 2)} ] `);
  assert.deepEqual(await client.next("OK"), ["OK", note.id, true, ""]);
});

const forged = signedEvent({ content: "hello" }, secretKey(2));

for (
  const [what, fields] of [
    ["an id that is not the hash", { content: "changed" }],
    ["an id that is too short", { id: note.id.slice(1) }],
    ["an id in upper case", { id: note.id.toUpperCase() }],
    ["a pubkey in upper case", { pubkey: note.pubkey.toUpperCase() }],
    ["a pubkey that is too long", { pubkey: `${note.pubkey}0` }],
    ["no pubkey", { pubkey: undefined }],
    ["a signature by somebody else", { sig: forged.sig }],
    ["a signature of zeros", { sig: "0".repeat(128) }],
    ["a signature in upper case", { sig: note.sig.toUpperCase() }],
    ["a signature that is too short", { sig: note.sig.slice(2) }],
    ["no signature", { sig: undefined }],
    ["a negative created_at", { created_at: -1 }],
    ["a fractional created_at", { created_at: 1.5 }],
    ["created_at as a string", { created_at: "1700000000" }],
    ["created_at beyond 2^53", { created_at: 2 ** 53 }],
    ["a negative kind", { kind: -1 }],
    ["a kind above 65,535", { kind: 65_536 }],
    ["a fractional kind", { kind: 1.5 }],
    ["kind as a string", { kind: "1" }],
    ["tags that are no array", { tags: {} }],
    ["a tag that is no array", { tags: ["t"] }],
    ["a tag with a number", { tags: [["t", 1]] }],
    ["a tag with null", { tags: [["t", null]] }],
    ["a nested tag", { tags: [["t", ["x"]]] }],
    ["content as a number", { content: 1 }],
    ["content as null", { content: null }],
    ["no content", { content: undefined }],
  ] as const
) {
  test(`EVENT: ${what} is refused as invalid:`, async () => {
    await using relay = await startRelay();
    await using client = await Client.connect(relay.url);
    const event = { ...note, ...fields };
    client.send("EVENT", event);
    const [, id, accepted, reason] = await client.next("OK");
    assert.deepEqual([id, accepted], [event.id, false]);
    assert.match(reason, /^invalid: .+/);
    assert.equal(await client.count({}), 0);
  });
}

test("EVENT: a public key that is not on the curve is refused as invalid:", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  const pubkey = "f".repeat(64);
  const { created_at, kind, tags, content, sig } = note;
  const id = hash("sha256", JSON.stringify([0, pubkey, created_at, kind, tags, content]));
  const [accepted, reason] = await client.publish({ id, pubkey, created_at, kind, tags, content, sig });
  assert.equal(accepted, false);
  assert.match(reason, /^invalid: /);
});

test("EVENT: text with a lone surrogate is refused, for nobody else computes its id alike", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (const text of ['"content":"\\ud800"', '"content":"","tags":[["t","\\udfff"]]']) {
    client.sendText(`["EVENT",{${JSON.stringify(note).slice(1, -1)},${text}}]`);
    const [, id, accepted, reason] = await client.next("OK");
    assert.deepEqual([id, accepted], [note.id, false]);
    assert.match(reason, /^invalid: .*surrogate/);
  }
});

test("EVENT: a refused event can be sent again, right", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  assert.equal((await client.publish({ ...note, sig: forged.sig }))[0], false);
  assert.deepEqual(await client.publish(note), [true, ""]);
});

test("EVENT: without an id to answer to, the refusal is a NOTICE", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (const given of [{ ...note, id: undefined }, { ...note, id: 5 }, null, [], "text", 7, true]) {
    client.send("EVENT", given);
    const [verb, sentence] = await client.next("NOTICE", "OK");
    assert.equal(verb, "NOTICE");
    assert.match(sentence, /^invalid: /);
  }
});

test("EVENT: with any string as id, the refusal is OK false with that id", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (const id of ["", "abc", "__proto__", '"quoted"\n', "\u0000"]) {
    client.send("EVENT", { id });
    const [, answered, accepted, reason] = await client.next("OK");
    assert.deepEqual([answered, accepted], [id, false]);
    assert.match(reason, /^invalid: /);
  }
});

test("EVENT: kinds from 0 to 65,535 and created_at from 0 are accepted", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (const kind of [0, 2, 44, 45, 999, 1000, 9999, 19_999, 39_999, 40_000, 65_535]) {
    assert.deepEqual(await client.publish(signedEvent({ kind })), [true, ""], `kind ${kind}`);
  }
  assert.deepEqual(await client.publish(signedEvent({ created_at: 0 })), [true, ""]);
});

test("EVENT: all that is on the wire of an event is NIP-01's seven fields", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await client.publish({ relays: ["x"], ...note });
  const [event] = await client.request("all", {}) as [NostrEvent];
  assert.deepEqual(Object.keys(event), ["id", "pubkey", "created_at", "kind", "tags", "content", "sig"]);
});
