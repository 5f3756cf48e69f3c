import assert from "node:assert/strict";
import { type EventRuleOptions, eventRules } from "../../src/policy/event_rules.ts";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { ALICE, BOB, client, refusal } from "./asking.ts";

const NOW = 1_700_000_000;
const strict: EventRuleOptions = {
  maxFutureSeconds: 900,
  kindAllowlist: [1, 4, 6, 22_242],
  kindBlacklist: [4],
  pubkeyWhitelist: [ALICE],
  minPowDifficulty: 1,
  minPowDifficultyByKind: { 4: 0 },
  maxEventTags: 2,
  maxContentLength: 5,
  nip42: true,
  now: () => NOW,
};
const EMBEDDING = { kind: 6, content: '{"tags":[["-"]]}' };
const BROKEN: Partial<NostrEvent> = {
  created_at: NOW + 901,
  kind: 4,
  pubkey: BOB,
  tags: [["expiration", "1"], ["-"], ["t"]],
  content: "longer",
};

for (
  const [rule, given, expected] of [
    ["an event that breaks no rule is accepted", { id: hex(1) }, undefined],
    ["created_at comes first", BROKEN, /^invalid: created_at/],
    ["then expiration", { ...BROKEN, created_at: NOW }, /^invalid: the event expired/],
    ["then authentication events", { kind: 22_242, tags: [["-"]] }, /^invalid: kind 22242/],
    ["then protection", { ...BROKEN, created_at: NOW, tags: [["-"], ["t"], ["t"]] }, /^auth-required/],
    ["then what reposts embed", { ...EMBEDDING, pubkey: BOB }, /^blocked: the reposted/],
    ["then kinds not allowed", { kind: 7, pubkey: BOB }, /^blocked: kind 7 .* accepted are/],
    ["then kinds denied", { kind: 4, pubkey: BOB }, /^blocked: kind 4 is not accepted here$/],
    ["then authors", { pubkey: BOB, content: "longer" }, /^blocked: this public key/],
    ["then proof of work", { id: "f".repeat(64), content: "longer" }, /^pow: the id has 0/],
    [
      "then tags",
      { id: hex(1), tags: [["t"], ["t"], ["t"]], content: "longer" },
      /^invalid: the event has 3 tags/,
    ],
    ["then content", { id: hex(1), content: "longer" }, /^invalid: content has 6/],
  ] as const
) {
  test(`event rules: ${rule}`, () => {
    const told = refusal(() => eventRules(strict)(fakeEvent(given).event, client()));
    if (expected) assert.match(told ?? "", expected);
    else assert.equal(told, undefined);
  });
}

test("event rules: limits and lists that are not set refuse nothing", () => {
  const rules = eventRules({ nip42: false, now: () => NOW });
  const given = { created_at: NOW * 2, kind: 9_999, pubkey: BOB, content: "x".repeat(100_000) };
  const tags = Array.from({ length: 5_000 }, () => ["t"]);
  assert.equal(refusal(() => rules(fakeEvent({ ...given, tags }).event, client())), undefined);
});
