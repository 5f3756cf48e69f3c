import assert from "node:assert/strict";
import fc from "fast-check";
import { HexSet } from "../../src/storage/sqlite/hex_set.ts";
import { hexKey, keyAt } from "../../src/storage/keys.ts";
import { hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const digits = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 });

test("the key at a place of a text is the one that the index has", () =>
  fc.assert(fc.property(fc.string(), digits, (before, value) => {
    assert.equal(keyAt(before + value, before.length), hexKey(value));
  })));

test("a set has the values that it was made of, however often each was named", () =>
  fc.assert(fc.property(fc.array(digits), fc.array(digits), (given, others) => {
    const set = new HexSet([...given, ...given]), has = (value: string) => set.standsAt(` ${value}`, 1);
    assert.deepEqual(given.map(has), given.map(() => true));
    assert.deepEqual(others.map(has), others.map((value) => given.includes(value)));
    assert.deepEqual(given.map((value) => set.has(hexKey(value))), given.map(() => true));
    assert.deepEqual(set.keys().sort(), Float64Array.from(new Set(given.map(hexKey))).sort());
  })));

test("values that share a key, by design, are all found, and no other that shares it", () => {
  const twin = (n: number) => "0".repeat(12) + `${n}`.padStart(52, "0");
  const set = new HexSet(Array.from({ length: 100 }, (_, n) => twin(n % 50)));
  const found = Array.from({ length: 60 }, (_, n) => n).filter((n) => set.standsAt(twin(n), 0));
  assert.deepEqual(found, Array.from({ length: 50 }, (_, n) => n));
});

test("a set tells values apart that share a key", () => {
  const [one, two, three] = [hex(1), hex(2), hex(3)];
  const set = new HexSet([one, two, "f".repeat(64)]);
  assert.ok(set.has(hexKey(three)));
  assert.deepEqual([one, two, three].map((value) => set.standsAt(`"${value}"`, 1)), [true, true, false]);
  assert.equal(set.standsAt("e".repeat(64), 0), false);
});
