import assert from "node:assert/strict";
import { expiration } from "../../src/policy/expiration.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { client, refusal } from "./asking.ts";

const NOW = 1_700_000_000;
const EXPIRED = "invalid: the event expired 1,204 s ago; expiration must lie ahead";

for (
  const [rule, kind, tags, expected] of [
    ["an event without expiration is accepted", 1, [], undefined],
    ["an event that expires later is accepted", 1, [["expiration", `${NOW + 1}`]], undefined],
    ["an event that has expired is refused", 1, [["expiration", `${NOW - 1_204}`]], EXPIRED],
    ["an ephemeral event that has expired is refused", 20_001, [["expiration", `${NOW - 1_204}`]], EXPIRED],
    [
      "an event expires at the second it names",
      1,
      [["expiration", `${NOW}`]],
      "invalid: the event expired 0 s ago; expiration must lie ahead",
    ],
    ["what is not a number of seconds is no expiration", 1, [["expiration", "soon"]], undefined],
    ["a tag without a value is no expiration", 1, [["expiration"]], undefined],
  ] as const
) {
  test(`expiration: ${rule}`, () => {
    const { event } = fakeEvent({ kind, tags });
    assert.equal(refusal(() => expiration(() => NOW)(event, client())), expected);
  });
}
