import assert from "node:assert/strict";
import { type RelayFacts, relayInfo } from "../../src/protocol/relay_info.ts";
import { test } from "../harness.ts";

const facts: RelayFacts = {
  info: { name: "Test" },
  limits: {
    max_ws_message_bytes: 512_000,
    max_subscriptions: 32,
    max_subscription_id_length: 256,
    default_limit: 500,
    max_limit: 5_000,
    max_event_tags: 2_000,
    max_future_seconds: 900,
    min_pow_difficulty: 0,
  },
  options: { eose_hints: false },
  sync: { enabled: false },
  search: { enabled: false },
  management: { enabled: false },
  nip05: {},
  discovery: { enabled: false },
  verified_users: { mode: "passive" },
  membership: { enabled: false },
  authorization: {
    nip42_auth: true,
    private_kinds: [4],
    auth_required_to_read: false,
    auth_required_to_write: false,
  },
};

test("NIP-11: what is not set is left out, and what was dropped from the NIP is not there", () => {
  assert.deepEqual(JSON.parse(JSON.stringify(relayInfo(facts, "1.2.3"))), {
    name: "Test",
    supported_nips: [1, 9, 11, 40, 42, 45, 62, 70],
    version: "1.2.3",
    limitation: {
      max_message_length: 512_000,
      max_subscriptions: 32,
      max_subid_length: 256,
      max_limit: 5_000,
      max_event_tags: 2_000,
      auth_required: false,
      payment_required: false,
      restricted_writes: false,
      created_at_upper_limit: 900,
      default_limit: 500,
    },
  });
});

test("NIP-11: what the operator tells is passed on", () => {
  const info = {
    name: "Test",
    description: "d",
    banner: "https://x.test/b.png",
    icon: "https://x.test/i.png",
    pubkey: "ab".repeat(32),
    self: "cd".repeat(32),
    contact: "mailto:a@x.test",
    terms_of_service: "https://x.test/terms",
  };
  const { supported_nips: _, version: __, limitation: ___, ...told } = relayInfo({ ...facts, info }, "1.2.3");
  assert.deepEqual(told, info);
});

test("NIP-11: 42 is supported only where AUTH is on", () => {
  const authorization = { ...facts.authorization, nip42_auth: false };
  const { supported_nips } = relayInfo({ ...facts, authorization }, "1.2.3");
  assert.deepEqual(supported_nips, [1, 9, 11, 40, 45, 62, 70]);
});

for (
  const [rule, change] of [
    ["a list of authors", { authorization: { ...facts.authorization, pubkey_whitelist: [] } }],
    ["a list of who may write", { authorization: { ...facts.authorization, write_allowlist: [] } }],
    ["a demand for verified names", { verified_users: { mode: "enabled" } }],
    ["a list of kinds", { limits: { ...facts.limits, event_kind_allowlist: [1] } }],
    ["proof of work", { limits: { ...facts.limits, min_pow_difficulty: 1 } }],
    ["proof of work for a kind", { limits: { ...facts.limits, min_pow_difficulty_by_kind: { 1: 1 } } }],
  ] as const
) {
  test(`NIP-11: ${rule} restricts writes`, () => {
    assert.equal(relayInfo({ ...facts, ...change }, "1.2.3").limitation.restricted_writes, true);
  });
}

test("NIP-11: a longest content is told where there is one", () => {
  const limits = { ...facts.limits, max_content_length: 8_192 };
  assert.equal(relayInfo({ ...facts, limits }, "1.2.3").limitation.max_content_length, 8_192);
});

for (
  const [rule, given, supported, told] of [
    [
      "no work is asked for",
      { min_pow_difficulty: 0, min_pow_difficulty_by_kind: { 7: 0 } },
      false,
      undefined,
    ],
    ["work is asked for", { min_pow_difficulty: 20, min_pow_difficulty_by_kind: { 7: 0 } }, true, 20],
    ["one kind needs work", { min_pow_difficulty_by_kind: { 1: 20 } }, true, undefined],
  ] as const
) {
  test(`NIP-11: NIP-13 and the difficulty for all kinds: ${rule}`, () => {
    const info = relayInfo({ ...facts, limits: { ...facts.limits, ...given } }, "1.2.3");
    assert.equal(info.supported_nips.includes(13), supported);
    assert.equal(info.limitation.min_pow_difficulty, told);
  });
}

for (
  const [rule, given, expected] of [
    ["for reading only, other things can be done without", { auth_required_to_read: true }, false],
    ["for writing only, too", { auth_required_to_write: true }, false],
    ["for both, nothing can", { auth_required_to_read: true, auth_required_to_write: true }, true],
    ["a list requires it as well", { read_allowlist: [], auth_required_to_write: true }, true],
  ] as const
) {
  test(`NIP-11: authentication required: ${rule}`, () => {
    const { limitation } = relayInfo(
      { ...facts, authorization: { ...facts.authorization, ...given } },
      "1.2.3",
    );
    assert.equal(limitation.auth_required, expected);
    assert.equal(limitation.restricted_writes, false);
  });
}

for (
  const [rule, given, supported] of [
    ["gift wraps are private", { private_kinds: [4, 1_059] }, true],
    ["gift wraps are for everybody", { private_kinds: [4] }, false],
    ["nobody can show who they are", { private_kinds: [1_059], nip42_auth: false }, false],
  ] as const
) {
  test(`NIP-11: 17 and 59 are supported, or not: ${rule}`, () => {
    const authorization = { ...facts.authorization, ...given };
    const { supported_nips } = relayInfo({ ...facts, authorization }, "1.2.3");
    assert.deepEqual([17, 59].map((nip) => supported_nips.includes(nip)), [supported, supported]);
  });
}

test("NIP-11: 77 is supported where comparing is on", () => {
  assert.ok(relayInfo({ ...facts, sync: { enabled: true } }, "1.2.3").supported_nips.includes(77));
});

test("NIP-11: 5 is supported where names are served", () => {
  const nip05 = { names: { alice: "ab".repeat(32) } };
  assert.ok(relayInfo({ ...facts, nip05 }, "1.2.3").supported_nips.includes(5));
});

test("NIP-11: 66 is supported where the relay tells of itself", () => {
  assert.ok(relayInfo({ ...facts, discovery: { enabled: true } }, "1.2.3").supported_nips.includes(66));
});

test("NIP-11: 67 is supported where hints are on", () => {
  assert.ok(relayInfo({ ...facts, options: { eose_hints: true } }, "1.2.3").supported_nips.includes(67));
});

test("NIP-11: 86 and 98 are supported where operators may call", () => {
  const { supported_nips } = relayInfo({ ...facts, management: { enabled: true } }, "1.2.3");
  assert.deepEqual(supported_nips.filter((nip) => nip > 80), [86, 98]);
});

test("NIP-11: 43 is supported where the relay has members", () => {
  assert.ok(relayInfo({ ...facts, membership: { enabled: true } }, "1.2.3").supported_nips.includes(43));
});

for (
  const [rule, settled, lists, isOn] of [
    ["as operators have allowed it, whatever the lists say", true, { event_kind_blacklist: [1_059] }, true],
    ["not when they have forbidden it", false, {}, false],
    ["as the lists say, where they have settled nothing", undefined, { event_kind_allowlist: [1] }, false],
  ] as const
) {
  test(`NIP-11: gift wraps are supported ${rule}`, () => {
    const authorization = { ...facts.authorization, private_kinds: [1_059] };
    const kinds = new Map(settled === undefined ? [] : [[1_059, settled]]);
    const limits = { ...facts.limits, ...lists };
    const { supported_nips } = relayInfo({ ...facts, authorization, limits, kinds }, "1.2.3");
    for (const nip of [17, 59]) assert.equal(supported_nips.includes(nip), isOn);
  });
}
