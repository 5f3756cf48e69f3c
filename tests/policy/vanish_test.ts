import assert from "node:assert/strict";
import { vanishRules } from "../../src/policy/event_rules.ts";
import { vanish } from "../../src/policy/vanish.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { ALICE, BOB, client, refusal } from "./asking.ts";

const URL = "wss://relay.example.com/nostr";
const ask = (tags: string[][], relayUrl: string | undefined, who = client(), nip42 = true) =>
  refusal(() =>
    vanish({ relayUrl, nip42 })(fakeEvent({ kind: 62, tags }).event, { ...who, host: "relay.example.com" })
  );

for (
  const [what, tags, relayUrl, expected] of [
    ["all relays", [["relay", "ALL_RELAYS"]], URL, undefined],
    ["this relay", [["relay", URL]], URL, undefined],
    ["this relay among others", [["relay", "wss://x.test"], ["relay", `${URL}/`]], URL, undefined],
    ["another relay", [["relay", "wss://x.test"]], URL, /^blocked: .* for other relays/],
    ["another path of this host", [["relay", "wss://relay.example.com/"]], URL, /^blocked: /],
    ["another relay than was asked for", [["relay", "wss://x.test"]], undefined, /^blocked: /],
    ["all relays, but not in the NIP's capitals", [["relay", "all_relays"]], URL, /^blocked: /],
    ["nobody", [], URL, /^invalid: a request to vanish names relays/],
    ["nobody in an empty tag", [["relay"], ["r", "ALL_RELAYS"]], URL, /^invalid: /],
  ] as const
) {
  test(`vanish (NIP-62): a request that names ${what} is ${expected ? "refused" : "followed"}`, () => {
    const told = ask(tags.map((tag) => [...tag]), relayUrl);
    if (expected) assert.match(told ?? "", expected);
    else assert.equal(told, undefined);
  });
}

for (
  const [who, tag, nip42, expected] of [
    ["somebody", URL, true, /^auth-required: this relay does not know its own URL \(info\.relay_url\)/],
    ["somebody", URL, false, /^blocked: .*; name ALL_RELAYS$/],
    ["somebody", "ALL_RELAYS", true, undefined],
    ["the author", URL, true, undefined],
    ["the author", "wss://x.test", true, /^blocked: .* for other relays/],
  ] as const
) {
  const verdict = expected ? "refused" : "followed";
  test(`vanish (NIP-62): where no URL is configured, a request that ${who} brings to ${tag} is ${verdict}`, () => {
    const told = ask([["relay", tag]], undefined, who === "the author" ? client(ALICE) : client(BOB), nip42);
    if (expected) assert.match(told ?? "", expected);
    else assert.equal(told, undefined);
  });
}

test("vanish (NIP-62): other kinds may name any relay", () => {
  const { event } = fakeEvent({ kind: 1, tags: [["relay", "wss://x.test"]] });
  assert.equal(refusal(() => vanish({ relayUrl: URL, nip42: true })(event, client())), undefined);
});

test("vanish (NIP-62): a request must be in time, and a protected one its author's", () => {
  const rules = vanishRules({ maxFutureSeconds: 900, nip42: true, now: () => 1_000 });
  const told = (created_at: number, ...more: string[][]) => {
    const tags = [["relay", "ALL_RELAYS"], ...more];
    return refusal(() => rules(fakeEvent({ kind: 62, pubkey: BOB, created_at, tags }).event, client()));
  };
  assert.equal(told(1_000), undefined);
  assert.match(told(2_000)!, /^invalid: created_at/);
  assert.match(told(1_000, ["-"])!, /^auth-required: a protected event/);
});
