import assert from "node:assert/strict";
import { eventRules } from "../../src/policy/event_rules.ts";
import type { Moderation } from "../../src/policy/moderation.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { client, refusal } from "./asking.ts";

const [ALICE, BOB] = [hex(1), hex(2)];

const settled = (given: Partial<Moderation> = {}): Moderation => ({
  isKnown: true,
  bannedPubkeys: new Set(),
  bannedEvents: new Set(),
  allowedPubkeys: new Set(),
  kinds: new Map(),
  ...given,
});

const common = { nip42: true, now: () => 1_700_000_000 };
const { event } = fakeEvent({ pubkey: ALICE });

for (
  const [rule, moderation, configured, refused] of [
    ["nothing settled changes nothing", {}, {}, undefined],
    ["until the lists are known nobody may write", { isKnown: false }, {}, /^error: .*try again later/],
    ["a banned author may not", { bannedPubkeys: new Set([ALICE]) }, {}, /^blocked: /],
    ["another's ban is another's", { bannedPubkeys: new Set([BOB]) }, {}, undefined],
    ["a banned event may not come", { bannedEvents: new Set([event.id]) }, {}, /^blocked: /],
    ["an allowed author may", { allowedPubkeys: new Set([ALICE]) }, {}, undefined],
    ["who is not among the allowed may not", { allowedPubkeys: new Set([BOB]) }, {}, /^blocked: /],
    [
      "who is allowed but banned may not",
      { allowedPubkeys: new Set([ALICE]), bannedPubkeys: new Set([ALICE]) },
      {},
      /^blocked: /,
    ],
    ["who is allowed may beside the whitelist", { allowedPubkeys: new Set([ALICE]) }, {
      pubkeyWhitelist: [BOB],
    }, undefined],
    [
      "so may who is on the whitelist",
      { allowedPubkeys: new Set([BOB]) },
      { pubkeyWhitelist: [ALICE] },
      undefined,
    ],
    ["an empty whitelist lets in those that are allowed", { allowedPubkeys: new Set([ALICE]) }, {
      pubkeyWhitelist: [],
    }, undefined],
    [
      "a disallowed kind may not come",
      { kinds: new Map([[1, false]]) },
      { kindAllowlist: [1] },
      /^blocked: kind 1/,
    ],
    ["an allowed kind may, whatever the lists say", { kinds: new Map([[1, true]]) }, {
      kindAllowlist: [7],
      kindBlacklist: [1],
    }, undefined],
    ["kinds that are not settled follow the lists", { kinds: new Map([[7, true]]) }, {
      kindAllowlist: [6],
    }, /^blocked: kind 1/],
  ] as const
) {
  test(`moderation: ${rule}`, () => {
    const asked = eventRules({ ...common, ...configured, moderation: settled(moderation) });
    const reason = refusal(() => asked(event, client()));
    if (refused) assert.match(reason ?? "", refused);
    else assert.equal(reason, undefined);
  });
}
