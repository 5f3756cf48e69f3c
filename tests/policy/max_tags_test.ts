import assert from "node:assert/strict";
import { maxTags } from "../../src/policy/max_tags.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { client, refusal } from "./asking.ts";

for (
  const [rule, count, expected] of [
    ["as many as allowed are accepted", 2_000, undefined],
    ["one more is refused", 2_001, "invalid: the event has 2,001 tags; at most 2,000 are accepted"],
  ] as const
) {
  test(`max tags: ${rule}`, () => {
    const { event } = fakeEvent({ tags: Array.from({ length: count }, () => ["t", "x"]) });
    assert.equal(refusal(() => maxTags(2_000)(event, client())), expected);
  });
}
