import assert from "node:assert/strict";
import { filterLimit } from "../../src/policy/filter_limit.ts";
import { test } from "../harness.ts";
import { client } from "./asking.ts";

for (
  const [rule, limits, asked, expected] of [
    ["a filter without one gets the default", { defaultLimit: 500, maxLimit: 5_000 }, undefined, 500],
    ["one within the maximum stays", { defaultLimit: 500, maxLimit: 5_000 }, 4_999, 4_999],
    ["one above it is lowered", { defaultLimit: 500, maxLimit: 5_000 }, 5_001, 5_000],
    ["0 stays: no stored events", { defaultLimit: 500, maxLimit: 5_000 }, 0, 0],
    ["the default is no way round the maximum", { defaultLimit: 500, maxLimit: 100 }, undefined, 100],
  ] as const
) {
  test(`filter limit: ${rule}`, () => {
    const settled = filterLimit(limits)([{ kinds: [1], limit: asked }], client());
    assert.deepEqual(settled, [{ kinds: [1], limit: expected }]);
  });
}

test("filter limit: what the client sent is left as it was", () => {
  const filter = { limit: 9_999 };
  filterLimit({ defaultLimit: 500, maxLimit: 5_000 })([filter], client());
  assert.deepEqual(filter, { limit: 9_999 });
});
