import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { hexKey, prefixKeys, textKey } from "../../src/storage/keys.ts";
import { test } from "../harness.ts";

const hexDigits = (least: number, most: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: least, maxLength: most });
const fitsSixBytes = (key: number) => Number.isInteger(key) && key >= -(2 ** 47) && key < 2 ** 47;

test("keys keep the order of ids and fit six bytes", () =>
  fc.assert(fc.property(hexDigits(64, 64), hexDigits(64, 64), (a, b) => {
    assert.ok(fitsSixBytes(hexKey(a)));
    if (a < b) assert.ok(hexKey(a) <= hexKey(b));
  })));

test("a prefix stands for the keys of everything that starts with it, and no others below 12 digits", () =>
  fc.assert(fc.property(hexDigits(64, 64), hexDigits(1, 64), fc.nat(64), (hex, other, length) => {
    for (const prefix of [hex.slice(0, Math.max(1, length)), other]) {
      const { least, most } = prefixKeys(prefix);
      const within = least <= hexKey(hex) && hexKey(hex) <= most;
      assert.equal(within, hex.startsWith(prefix.slice(0, 12)));
    }
  })));

test("keys of different texts differ, with any seed", () => {
  for (const seed of ["0".repeat(32), "f".repeat(32), createHash("md5").update("x").digest("hex")]) {
    const key = textKey(seed);
    const texts = Array.from({ length: 50_000 }, (_, n) => [`e${n}`, `${n}e`, `p${"0".repeat(40)}${n}`])
      .flat();
    const keys = texts.map(key);
    assert.ok(keys.every(fitsSixBytes));
    assert.equal(new Set(keys).size, texts.length);
  }
});

test("another seed makes other keys, the same seed the same", () => {
  assert.equal(textKey("1".repeat(32))("text"), textKey("1".repeat(32))("text"));
  assert.notEqual(textKey("1".repeat(32))("text"), textKey("2".repeat(32))("text"));
});
