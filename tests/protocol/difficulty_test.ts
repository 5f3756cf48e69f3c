import assert from "node:assert/strict";
import { committedTarget, leadingZeroBits } from "../../src/protocol/difficulty.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";

for (
  const [rule, id, bits] of [
    [
      "the example of nine zero digits",
      "000000000e9d97a1ab09fc381030b346cdd7a142ad57e6df0b46dc9bef6c7e2d",
      36,
    ],
    ["the example 002f…", `002f${"0".repeat(60)}`, 10],
    ["the example of a mined note", "000006d8c378af1779d2feebc7603a125d99eca0ccf1085959b307f64e5dd358", 21],
    ["a first digit of 8 or more", "f".repeat(64), 0],
    ["a first digit of 7", `7${"0".repeat(63)}`, 1],
    ["a first digit of 1", `1${"f".repeat(63)}`, 3],
    ["the last bit alone", `${"0".repeat(63)}1`, 255],
    ["nothing but zeros", "0".repeat(64), 256],
  ] as const
) {
  test(`NIP-13: leading zero bits: ${rule}`, () => assert.equal(leadingZeroBits(id), bits));
}

for (
  const [rule, tags, target] of [
    ["the third entry of the nonce tag", [["t", "x"], ["nonce", "1", "21"]], 21],
    ["no nonce tag commits to nothing", [["t", "x", "21"]], undefined],
    ["a nonce tag of two entries commits to nothing", [["nonce", "1"]], undefined],
    ["a target that is no number commits to nothing", [["nonce", "1", "high"]], undefined],
    ["nor does an empty one", [["nonce", "1", ""]], undefined],
    ["the first nonce tag counts", [["nonce", "1", "20"], ["nonce", "1", "30"]], 20],
  ] as const
) {
  test(`NIP-13: committed target: ${rule}`, () => {
    assert.equal(committedTarget(fakeEvent({ tags }).event), target);
  });
}
