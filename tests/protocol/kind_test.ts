import assert from "node:assert/strict";
import { kindClass } from "../../src/protocol/kind.ts";
import { test } from "../harness.ts";

for (
  const [kind, expected] of [
    [0, "replaceable"],
    [1, "regular"],
    [2, "regular"],
    [3, "replaceable"],
    [4, "regular"],
    [44, "regular"],
    [45, "regular"],
    [1000, "regular"],
    [9999, "regular"],
    [10000, "replaceable"],
    [19999, "replaceable"],
    [20000, "ephemeral"],
    [29999, "ephemeral"],
    [30000, "addressable"],
    [39999, "addressable"],
    [40000, "regular"],
    [65535, "regular"],
  ] as const
) {
  test(`kind ${kind} is ${expected} (NIP-01)`, () => assert.equal(kindClass(kind), expected));
}
