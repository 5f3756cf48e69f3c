import assert from "node:assert/strict";
import { subscriptionId } from "../../src/policy/subscription_id.ts";
import { test } from "../harness.ts";
import { refusal } from "./asking.ts";

for (
  const [rule, id, expected] of [
    ["one character is enough", "x", undefined],
    ["as many as allowed are accepted", "x".repeat(256), undefined],
    ["an emoji is one character", "🐪".repeat(256), undefined],
    ["none is refused", "", "invalid: a subscription id must not be empty"],
    [
      "one too many is refused",
      "x".repeat(257),
      "invalid: the subscription id has 257 characters; at most 256 are accepted",
    ],
  ] as const
) {
  test(`subscription id: ${rule}`, () => assert.equal(refusal(() => subscriptionId(256)(id)), expected));
}
