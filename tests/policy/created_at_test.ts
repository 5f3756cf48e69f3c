import assert from "node:assert/strict";
import { createdAt } from "../../src/policy/created_at.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { client, refusal } from "./asking.ts";

const NOW = 1_700_000_000;

for (
  const [rule, created_at, expected] of [
    ["an event of now is accepted", NOW, undefined],
    ["an old event is accepted", 0, undefined],
    ["an event as far ahead as allowed is accepted", NOW + 900, undefined],
    [
      "an event further ahead than allowed is refused",
      NOW + 1_204,
      "invalid: created_at is 1,204 s ahead of the relay's clock; at most 900 are accepted",
    ],
  ] as const
) {
  test(`created_at: ${rule}`, () => {
    const { event } = fakeEvent({ created_at });
    assert.equal(refusal(() => createdAt(900, () => NOW)(event, client())), expected);
  });
}

test("created_at: 0 s ahead means that the clock itself is the limit", () => {
  const rule = createdAt(0, () => NOW);
  assert.equal(refusal(() => rule(fakeEvent({ created_at: NOW }).event, client())), undefined);
  assert.match(refusal(() => rule(fakeEvent({ created_at: NOW + 1 }).event, client()))!, /^invalid: .* 1 s/);
});
