import assert from "node:assert/strict";
import { authenticationKind } from "../../src/policy/authentication_kind.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { client, refusal } from "./asking.ts";

for (
  const [rule, kind, expected] of [
    [
      "an authentication event is never published",
      22_242,
      "invalid: kind 22242 authenticates and is never published; send it as AUTH",
    ],
    ["other ephemeral kinds are", 22_243, undefined],
  ] as const
) {
  test(`authentication kind: ${rule}`, () => {
    assert.equal(refusal(() => authenticationKind(fakeEvent({ kind }).event, client())), expected);
  });
}
