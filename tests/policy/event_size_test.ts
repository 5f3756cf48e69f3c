import assert from "node:assert/strict";
import { eventSize } from "../../src/policy/event_size.ts";
import { test } from "../harness.ts";
import { refusal } from "./asking.ts";

for (
  const [rule, bytes, expected] of [
    ["as many bytes as allowed are accepted", 65_536, undefined],
    ["more are refused", 70_000, "invalid: the event has 70,000 bytes; at most 65,536 are accepted"],
  ] as const
) {
  test(`event size: ${rule}`, () => assert.equal(refusal(() => eventSize(65_536)(bytes)), expected));
}
