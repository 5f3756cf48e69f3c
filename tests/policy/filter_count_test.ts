import assert from "node:assert/strict";
import { filterCount } from "../../src/policy/filter_count.ts";
import { test } from "../harness.ts";
import { client, refusal } from "./asking.ts";

for (
  const [rule, count, expected] of [
    ["none is refused", 0, "invalid: at least one filter is needed; {} asks for all"],
    ["one is accepted", 1, undefined],
    ["as many as allowed are accepted", 20, undefined],
    ["one more is refused", 21, "invalid: there are 21 filters; at most 20 are accepted"],
  ] as const
) {
  test(`filter count: ${rule}`, () => {
    const filters = Array.from({ length: count }, () => ({}));
    assert.equal(refusal(() => filterCount(20)(filters, client())), expected);
  });
}
