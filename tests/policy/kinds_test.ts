import assert from "node:assert/strict";
import { exceptKinds, onlyKinds } from "../../src/policy/kinds.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { client, refusal } from "./asking.ts";

for (
  const [rule, check, kind, expected] of [
    ["a kind on the allow list is accepted", onlyKinds([7, 1]), 1, undefined],
    [
      "any other is refused",
      onlyKinds([7, 1, 10_002]),
      4,
      "blocked: kind 4 is not accepted here; accepted are: 1, 7, 10002",
    ],
    [
      "an empty allow list accepts none",
      onlyKinds([]),
      1,
      "blocked: kind 1 is not accepted here; accepted are: none",
    ],
    ["a kind on the deny list is refused", exceptKinds([4]), 4, "blocked: kind 4 is not accepted here"],
    ["any other is accepted", exceptKinds([4]), 1, undefined],
    ["an empty deny list accepts all", exceptKinds([]), 4, undefined],
  ] as const
) {
  test(`kinds: ${rule}`, () => {
    assert.equal(refusal(() => check(fakeEvent({ kind }).event, client())), expected);
  });
}
