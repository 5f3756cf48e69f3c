import assert from "node:assert/strict";
import { filterValues } from "../../src/policy/filter_values.ts";
import type { Filter } from "../../src/protocol/filter.ts";
import { hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { refusal } from "./asking.ts";

const kinds = (count: number): Filter => ({ kinds: Array.from({ length: count }, (_, kind) => kind) });

for (
  const [rule, filters, open, expected] of [
    ["filters without lists name none", [{}, { limit: 5, since: 1 }], 0, undefined],
    ["as many as allowed are accepted", [kinds(10)], 0, undefined],
    ["with those of open subscriptions too", [kinds(4)], 6, undefined],
    [
      "one more is refused for good",
      [kinds(5), {
        ids: [hex(1)],
        authors: [hex(2), hex(3)],
        tags: [{ name: "t", values: ["a", "b", "c"] }],
      }],
      0,
      "invalid: the filters name 11 values; at most 10 are accepted in all",
    ],
    [
      "one too many beside open subscriptions is refused for now",
      [kinds(4)],
      7,
      "rate-limited: the filters name 4 values, beside 7 of open subscriptions; at most 10 are accepted in all",
    ],
  ] as [string, Filter[], number, string | undefined][]
) {
  test(`filter values: ${rule}`, () => {
    assert.equal(
      refusal(() => filterValues(10)(filters, open)),
      expected,
    );
  });
}
