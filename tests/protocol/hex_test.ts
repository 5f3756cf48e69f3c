import assert from "node:assert/strict";
import fc from "fast-check";
import { isHex, isHex64 } from "../../src/protocol/hex.ts";
import { test } from "../harness.ts";

const digits = [..."0123456789abcdef"];

test("every lowercase hex digit is one, and no other UTF-16 unit is", () => {
  const taken = Array.from({ length: 2 ** 16 }, (_, unit) => String.fromCharCode(unit)).filter(isHex);
  assert.deepEqual(taken, digits);
});

test("one wrong character anywhere is found", () => {
  const hex = fc.string({ unit: fc.constantFrom(...digits), maxLength: 130 });
  const other = fc.string({ unit: "binary", minLength: 1, maxLength: 1 }).filter((text) => !isHex(text));
  fc.assert(fc.property(hex, other, hex, (before, wrong, after) => {
    assert.ok(isHex(before + after));
    assert.equal(isHex(before + wrong + after), false);
  }));
});

for (
  const [rule, value, expected] of [
    ["64 digits are an id", "0f".repeat(32), true],
    ["63 are not", "0f".repeat(32).slice(1), false],
    ["65 are not", `${"0f".repeat(32)}0`, false],
    ["uppercase is not", "0F".repeat(32), false],
    ["a number is not", 0, false],
    ["a list of 64 is not", Array(64).fill("0"), false],
  ] as const
) test(rule, () => assert.equal(isHex64(value), expected));
