import assert from "node:assert/strict";
import { hash } from "node:crypto";
import fc from "fast-check";
import { getEventHash } from "nostr-tools/pure";
import {
  eventAddress,
  expiresAt,
  isIndexedTag,
  newestFirst,
  type NostrEvent,
  readEvent,
  tagValue,
} from "../../src/protocol/event.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const good = fakeEvent({ tags: [["e", hex(2)], ["alt", ""]], content: "hello" }).event;

test("a well-formed event is read, and encoded in NIP-01's order of fields", () => {
  const { event, json } = readEvent({ ...good });
  assert.deepEqual(event, good);
  assert.deepEqual(JSON.parse(json), good);
  assert.deepEqual(Object.keys(JSON.parse(json)), [
    "id",
    "pubkey",
    "created_at",
    "kind",
    "tags",
    "content",
    "sig",
  ]);
});

test("extra fields are neither refused nor stored", () => {
  const { event, json } = readEvent({ ...good, seen_on: ["x"], ["__proto__"]: 1 });
  assert.deepEqual(event, good);
  assert.deepEqual(JSON.parse(json), good);
});

for (
  const [rule, change, complaint] of [
    ["a short id", { id: "ab" }, /^id must be/],
    ["an id in capitals", { id: good.id.toUpperCase().replace(/\d/g, "A") }, /^id must be/],
    ["an id that is a number", { id: 1 }, /^id must be/],
    ["a pubkey with other letters", { pubkey: "g".repeat(64) }, /^pubkey must be/],
    ["a missing pubkey", { pubkey: undefined }, /^pubkey must be/],
    ["created_at as a string", { created_at: "1700000000" }, /^created_at must be/],
    ["created_at with a fraction", { created_at: 1.5 }, /^created_at must be/],
    ["a negative created_at", { created_at: -1 }, /^created_at must be/],
    ["created_at beyond 2^53", { created_at: 2 ** 53 }, /^created_at must be/],
    ["a kind above 65535", { kind: 65_536 }, /^kind must be/],
    ["a negative kind", { kind: -1 }, /^kind must be/],
    ["a kind with a fraction", { kind: 1.1 }, /^kind must be/],
    ["tags that are an object", { tags: {} }, /^tags must be/],
    ["a tag that is a string", { tags: ["e"] }, /^tags must be/],
    ["an empty tag", { tags: [[]] }, /^tags must be/],
    ["a number in a tag", { tags: [["e", 1]] }, /^tags must be/],
    ["null in a tag", { tags: [["e", null]] }, /^tags must be/],
    ["content that is no string", { content: null }, /^content must be/],
    ["a short signature", { sig: "00" }, /^sig must be/],
    ["a lone surrogate in the content", { content: "\ud800" }, /lone surrogate/],
    ["a lone surrogate in a tag", { tags: [["t", "\udc00"]] }, /lone surrogate/],
    ["other content than the id was made of", { content: "changed" }, /^the id is not/],
  ] as const
) {
  test(`an event is refused as invalid: ${rule}`, () => {
    assert.throws(() => readEvent({ ...good, ...change }), (error: unknown) => {
      const { prefix, sentence } = error as { prefix: string; sentence: string };
      assert.equal(prefix, "invalid");
      assert.match(sentence, complaint);
      return true;
    });
  });
}

for (const value of [null, undefined, 1, "x", true, [], [good]]) {
  test(`${JSON.stringify(value) ?? "nothing"} is no event`, () => {
    assert.throws(() => readEvent(value), /an event must be a JSON object|id must be/);
  });
}

/** Signs nothing: only the id is made, by another implementation. */
function withTheirId(fields: Partial<NostrEvent>): NostrEvent {
  const { event } = fakeEvent({ ...fields, id: hex(0) });
  return { ...event, id: getEventHash(event as unknown as Parameters<typeof getEventHash>[0]) };
}

test("the id is the one that nostr-tools computes, for any text; and any text survives storage", () =>
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }),
      fc.array(fc.array(fc.string({ unit: "binary" }), { minLength: 1 })),
      fc.nat(2 ** 40),
      fc.nat(65_535),
      (content, tags, created_at, kind) => {
        const event = withTheirId({ content, tags, created_at, kind });
        const read = readEvent(JSON.parse(JSON.stringify(event)));
        assert.deepEqual(JSON.parse(read.json), event);
      },
    ),
  ));

for (const content of ["\0", "\u2028\u2029", '\b\t\n\f\r"\\/', "🦒", "\u007f", "\\u0001", "\uffff"]) {
  test(`content survives: ${JSON.stringify(content)}`, () => {
    assert.equal(JSON.parse(readEvent(withTheirId({ content })).json).content, content);
  });
}

test("an event with few characters beyond ASCII is encoded without them; one that is full of them keeps them", () => {
  const few = readEvent(withTheirId({ tags: [["t", "café"]], content: "gm 🦒" })).json;
  assert.ok(few.includes('[["t","caf\\u00e9"]],"content":"gm \\ud83e\\udd92"'), few);
  const full = readEvent(withTheirId({ content: "おはようございます".repeat(5) })).json;
  assert.ok(full.includes("おはよう"), full);
});

test("an id over control characters written verbatim, as NIP-01 has it to the letter, is accepted too", () => {
  const content = 'a\u0001\\u0002"\n\u001f';
  const verbatim = 'a\u0001\\\\u0002\\"\\n\u001f';
  const id = hash("sha256", `[0,"${good.pubkey}",${good.created_at},1,[],"${verbatim}"]`);
  assert.equal(readEvent({ ...good, tags: [], content, id }).event.content, content);
});

test("only single letters are indexed, and only with a value", () => {
  assert.deepEqual(
    [["e", "x"], ["E", ""], ["e"], ["ee", "x"], ["1", "x"], ["-"], ["", "x"], ["é", "x"]].map(isIndexedTag),
    [true, true, false, false, false, false, false, false],
  );
});

for (
  const [rule, fields, address] of [
    ["a note has none", { kind: 1 }, undefined],
    ["a profile has its kind and author", { kind: 0 }, `0:${hex(1)}:`],
    ["a replaceable event's d tag does not count", { kind: 10_002, tags: [["d", "x"]] }, `10002:${hex(1)}:`],
    ["an addressable event has its d tag", { kind: 30_023, tags: [["d", "x"]] }, `30023:${hex(1)}:x`],
    ["the first d tag counts", { kind: 30_023, tags: [["d", "x"], ["d", "y"]] }, `30023:${hex(1)}:x`],
    ["a missing d tag is the empty string", { kind: 30_023 }, `30023:${hex(1)}:`],
    ["a d tag without a value is the empty string", { kind: 30_023, tags: [["d"]] }, `30023:${hex(1)}:`],
    ["an ephemeral event has none", { kind: 20_000 }, undefined],
  ] as const
) {
  test(`address: ${rule}`, () => assert.equal(eventAddress(fakeEvent(fields).event), address));
}

for (
  const [rule, tags, expected] of [
    ["none without the tag", [], undefined],
    ["the tag's seconds", [["expiration", "1700000000"]], 1_700_000_000],
    ["none when it is no number", [["expiration", "soon"]], undefined],
    ["none when it is negative", [["expiration", "-5"]], undefined],
    ["none when it is empty", [["expiration", ""]], undefined],
    ["none when the value is missing", [["expiration"]], undefined],
  ] as const
) {
  test(`expiration (NIP-40): ${rule}`, () => assert.equal(expiresAt(fakeEvent({ tags }).event), expected));
}

test("tagValue gives the first value of the first tag of that name", () => {
  const { event } = fakeEvent({ tags: [["a", "1"], ["b", "2"], ["b", "3"], ["c"]] });
  assert.deepEqual(["a", "b", "c", "__proto__"].map((name) => tagValue(event, name)), [
    "1",
    "2",
    undefined,
    undefined,
  ]);
});

test("newest first; of equals the lowest id first (NIP-01)", () => {
  const events = [[5, 2], [5, 1], [7, 9], [3, 0]].map(([created_at, id]) =>
    fakeEvent({ created_at, id: hex(id!) }).event
  );
  assert.deepEqual(events.sort(newestFirst).map(({ id }) => id), [9, 1, 2, 0].map(hex));
});
