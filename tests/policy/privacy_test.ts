import assert from "node:assert/strict";
import { privacy } from "../../src/policy/privacy.ts";
import type { Filter } from "../../src/protocol/filter.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { ALICE, BOB, client, refusal } from "./asking.ts";

const rule = privacy({ privateKinds: [4, 1_059], nip42: true });
const toAlice = { name: "p", values: [ALICE] };

for (
  const [what, filters] of [
    ["one private kind", [{ kinds: [4] }]],
    ["several, whatever else they name", [{ kinds: [4, 1_059], tags: [toAlice] }, { kinds: [4], limit: 1 }]],
  ] as [string, Filter[]][]
) {
  test(`privacy: filters for nothing but private kinds need AUTH: ${what}`, () => {
    assert.match(refusal(() => rule(filters, client()))!, /^auth-required: /);
    assert.equal(refusal(() => rule(filters, client(BOB))), undefined);
    const noAuth = privacy({ privateKinds: [4, 1_059], nip42: false });
    assert.match(refusal(() => noAuth(filters, client()))!, /^restricted: .* nobody can authenticate/);
  });
}

for (
  const [what, filters] of [
    ["no kinds", [{}]],
    ["public kinds beside them", [{ kinds: [1, 4] }]],
    ["another filter that is for public kinds", [{ kinds: [4] }, { kinds: [1] }]],
    ["no kind at all, which matches nothing", [{ kinds: [] }]],
    ["no filters, which other rules refuse", []],
  ] as [string, Filter[]][]
) {
  test(`privacy: filters that may pass other events are answered without AUTH: ${what}`, () => {
    assert.equal(refusal(() => rule(filters, client())), undefined);
  });
}

for (
  const [what, filter, isChecked] of [
    ["public kinds only", { kinds: [1, 7] }, false],
    ["any kind", { ids: [ALICE] }, true],
    ["a private kind among others", { kinds: [1, 4] }, true],
    ["by the reader", { kinds: [4], authors: [ALICE] }, false],
    ["by the reader or another", { authors: [ALICE, BOB] }, true],
    ["to the reader", { kinds: [1_059], tags: [toAlice] }, false],
    ["to the reader or another", { tags: [{ name: "p", values: [ALICE, BOB] }] }, true],
    ["to the reader, and with another tag", { tags: [{ name: "t", values: ["x"] }, toAlice] }, false],
    ["with the reader in another tag", { tags: [{ name: "P", values: [ALICE] }] }, true],
  ] as [string, Filter, boolean][]
) {
  test(`privacy: events are looked into only where others' could pass: ${what}`, () => {
    const [given] = rule([filter], client(ALICE));
    assert.equal(given!.privacy !== undefined, isChecked);
    if (!isChecked) assert.equal(given, filter);
  });
}

test("privacy: a private event is for its author and whomever its p tags name, a public one for all", () => {
  const sees = (reader: string, given: Parameters<typeof fakeEvent>[0]) =>
    rule([{}], client(reader))[0]!.privacy!.admits(fakeEvent({ pubkey: BOB, ...given }).event);
  assert.equal(sees(ALICE, { kind: 4 }), false);
  assert.equal(sees(BOB, { kind: 4 }), true);
  assert.equal(sees(ALICE, { kind: 4, tags: [["p", BOB], ["p", ALICE, "wss://relay"]] }), true);
  assert.equal(sees(ALICE, { kind: 4, tags: [["e", ALICE], ["p"], ["p", BOB, ALICE]] }), false);
  assert.equal(sees(ALICE, { kind: 1 }), true);
});

test("privacy: who authenticates later sees more from then on", () => {
  const pubkeys = new Set<string>();
  const [filter] = rule([{}], { ...client(), pubkeys });
  const { event } = fakeEvent({ kind: 4, pubkey: ALICE });
  assert.equal(filter!.privacy!.admits(event), false);
  pubkeys.add(ALICE);
  assert.equal(filter!.privacy!.admits(event), true);
});

test("privacy: without private kinds everybody may read all", () => {
  for (const privateKinds of [undefined, []]) {
    const filters = [{ kinds: [4] }, {}];
    assert.equal(privacy({ privateKinds, nip42: true })(filters, client()), filters);
  }
});
