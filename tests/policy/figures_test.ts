import assert from "node:assert/strict";
import { characters, duration, exceeds, figure } from "../../src/policy/figures.ts";
import { test } from "../harness.ts";

for (
  const [rule, told, expected] of [
    ["thousands are set apart", figure(1_234_567), "1,234,567"],
    ["an emoji is one character", characters("a🐪"), 2],
    ["a wait is never told as none", duration(0.001), "0.1 s"],
    ["short waits have tenths", duration(1.21), "1.3 s"],
    ["long waits are whole seconds, rounded up", duration(59.2), "60 s"],
    ["a text as long as allowed does not exceed", exceeds("aa", 2), false],
    ["nor one of as many emoji", exceeds("🐪🐪", 2), false],
    ["one more character does", exceeds("🐪aa", 2), true],
    ["and so does a far longer text", exceeds("aaaaa", 2), true],
  ] as const
) {
  test(`figures: ${rule}`, () => assert.equal(told, expected));
}
