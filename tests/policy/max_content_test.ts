import assert from "node:assert/strict";
import { maxContent } from "../../src/policy/max_content.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { client, refusal } from "./asking.ts";

for (
  const [rule, content, expected] of [
    ["as many characters as allowed are accepted", "x".repeat(1_000), undefined],
    [
      "one more is refused",
      "x".repeat(1_001),
      "invalid: content has 1,001 characters; at most 1,000 are accepted",
    ],
    ["an emoji is one character", "🐪".repeat(1_000), undefined],
    [
      "one emoji too many is refused",
      "🐪".repeat(1_001),
      "invalid: content has 1,001 characters; at most 1,000 are accepted",
    ],
  ] as const
) {
  test(`max content: ${rule}`, () => {
    assert.equal(refusal(() => maxContent(1_000)(fakeEvent({ content }).event, client())), expected);
  });
}
