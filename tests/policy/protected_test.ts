import assert from "node:assert/strict";
import { embeddedProtected, protectedEvents } from "../../src/policy/protected.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { ALICE, BOB, client, refusal } from "./asking.ts";

const open = fakeEvent().event;
const guarded = fakeEvent({ tags: [["t", "x"], ["-"]] }).event;

for (
  const [rule, event, who, nip42, expected] of [
    ["an event without the tag may come from anybody", open, client(), true, undefined],
    ["its author may publish it", guarded, client(ALICE), true, undefined],
    ["its author may have authenticated as others too", guarded, client(BOB, ALICE), true, undefined],
    [
      "who has not authenticated is asked to",
      guarded,
      client(),
      true,
      "auth-required: a protected event may be published by its author only",
    ],
    [
      "somebody else is refused",
      guarded,
      client(BOB),
      true,
      "restricted: a protected event may be published by its author only, not by you",
    ],
    [
      "it is blocked where nobody can authenticate",
      guarded,
      client(),
      false,
      "blocked: a protected event needs its author authenticated, which is off here",
    ],
  ] as const
) {
  test(`protected event: ${rule}`, () => {
    assert.equal(refusal(() => protectedEvents({ nip42 })(event, who)), expected);
  });
}

const EMBEDS = "blocked: the reposted event is protected; repost it with an empty content";
const deep = (depth: number) => `{"tags":${"[".repeat(depth)}"-"${"]".repeat(depth)}}`;

for (
  const [rule, kind, content, expected] of [
    ["a repost may be empty", 6, "", undefined],
    ["a repost may embed an open event", 6, JSON.stringify(open), undefined],
    ["a repost must not embed a protected event", 6, JSON.stringify(guarded), EMBEDS],
    ["a generic repost must not either", 16, JSON.stringify(guarded), EMBEDS],
    ["an escape does not hide the tag", 6, String.raw`{"tags":[["\u002d"]]}`, EMBEDS],
    ["nor does a capital escape", 6, String.raw`{"tags":[["\u002D"]]}`, EMBEDS],
    ["nor does space around the event", 6, ` \n${JSON.stringify(guarded)} `, EMBEDS],
    ["a dash elsewhere is no tag", 6, JSON.stringify({ ...open, content: '"-"' }), undefined],
    ["a dash as a value is no tag name", 6, JSON.stringify({ tags: [["t", "-"]] }), undefined],
    ["other kinds may quote what they like", 1, JSON.stringify(guarded), undefined],
    ["what is not JSON embeds nothing", 6, '{"-"', undefined],
    ["tags that are no array embed nothing", 6, '{"tags":{"0":"-"}}', undefined],
    ["tags that are no arrays embed nothing", 6, '{"tags":["-",null,7]}', undefined],
    ["null embeds nothing", 6, "null", undefined],
  ] as const
) {
  test(`reposts: ${rule}`, () => {
    const { event } = fakeEvent({ kind, content });
    assert.equal(refusal(() => embeddedProtected(event, client())), expected);
  });
}

test("reposts: hostile nesting is refused or accepted, but neither crashes nor stalls the relay", () => {
  const started = performance.now();
  const { event } = fakeEvent({ kind: 6, content: deep(250_000) });
  assert.equal(refusal(() => embeddedProtected(event, client())), undefined);
  assert.ok(performance.now() - started < 1_000);
});
