import assert from "node:assert/strict";
import { hash } from "node:crypto";
import fc from "fast-check";
import { HyperLogLog, hyperLogLogOffset } from "../../src/protocol/hyperloglog.ts";
import { test } from "../harness.ts";

/** 64 hex digits with this one at position 32. */
const withDigit = (digit: string) => `${"a".repeat(32)}${digit}${"5".repeat(31)}`;

/** A public key with these digits from byte `at` on, and ones everywhere else. */
const pubkeyWith = (digits: string, at: number) => `${"f".repeat(2 * at)}${digits}`.padEnd(64, "f");

const fromHash = (text: string) => 8 + parseInt(hash("sha256", text)[32]!, 16);

for (
  const [rule, filter, offset] of [
    ["an id is used as it is: position 32, plus 8", { "#e": [withDigit("0")] }, 8],
    ["so is a public key", { "#p": [withDigit("f")] }, 23],
    ["of an address, the public key", { "#a": [`30023:${withDigit("3")}:a:b`] }, 11],
    ["an address may have an empty identifier", { "#a": [`10002:${withDigit("7")}:`] }, 15],
    ["anything else is hashed", { "#t": ["giraffe"] }, fromHash("giraffe")],
    ["uppercase digits are anything else", { "#t": [withDigit("A")] }, fromHash(withDigit("A"))],
    ["the empty value is hashed too", { "#t": [""] }, fromHash("")],
    ["the text is hashed as UTF-8", { "#t": ["🦒"] }, fromHash("🦒")],
    ["the first item counts", { "#p": [withDigit("1"), withDigit("2")] }, 9],
    [
      "the first tag attribute counts, in the client's order",
      { kinds: [7], "#p": [withDigit("4")], "#e": [withDigit("5")] },
      12,
    ],
    ["AND conditions are no attribute with the # prefix", { "&t": ["x"], "#e": [withDigit("6")] }, 14],
    ["the first item counts as the client sent it, whatever & makes of it", {
      "&t": ["x"],
      "#t": ["x", "y"],
    }, fromHash("x")],
    ["without a tag there is none", { kinds: [3] }, undefined],
    ["with & alone neither", { "&t": ["x"] }, undefined],
    ["nor where the first tag has no value", { "#p": [], "#e": [withDigit("6")] }, undefined],
  ] as const
) {
  test(`NIP-45: offset: ${rule}`, () => assert.equal(hyperLogLogOffset(filter), offset));
}

for (
  const [rule, offset, digits, register, number] of [
    [
      "the byte at the offset is the register, one more than the zero bits behind it is kept",
      8,
      "a0ff",
      0xa0,
      1,
    ],
    ["zero bits are counted within a digit", 8, "0110", 1, 4],
    ["and over many digits", 12, "ff0000000001", 0xff, 40],
    ["no one bit before the end", 8, "07".padEnd(48, "0"), 7, 185],
    ["the greatest offset", 23, "07".padEnd(18, "0"), 7, 65],
  ] as const
) {
  test(`NIP-45: registers: ${rule}`, () => {
    const counted = new HyperLogLog(offset);
    counted.add(pubkeyWith(digits, offset));
    const expected = new Uint8Array(256);
    expected[register] = number;
    assert.deepEqual(counted.registers, expected);
  });
}

test("NIP-45: a register keeps the biggest number", () => {
  const counted = new HyperLogLog(9);
  for (const digits of ["0310", "0301", "0380"]) counted.add(pubkeyWith(digits, 9));
  assert.equal(counted.registers[3], 8);
});

test("NIP-45: the value is 256 registers of one byte, in 512 hex characters", () => {
  const counted = new HyperLogLog(8);
  counted.raise(0, 1);
  counted.raise(255, 0x2f);
  assert.equal(counted.toString(), `01${"00".repeat(254)}2f`);
});

const author = (n: number) => hash("sha256", `author ${n}`);

function counting(offset: number, authors: Iterable<string>): HyperLogLog {
  const counted = new HyperLogLog(offset);
  for (const each of authors) counted.add(each);
  return counted;
}

test("NIP-45: merging what two relays answer is counting the authors of both", () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 8, max: 23 }),
      fc.array(fc.nat(300)),
      fc.array(fc.nat(300)),
      (offset, one, other) => {
        const [here, there] = [one, other].map((authors) => counting(offset, authors.map(author)));
        here!.merge(there!.registers);
        assert.deepEqual(here, counting(offset, [...one, ...other].map(author)));
      },
    ),
  ));

/** Flajolet's estimate, which goes over to counting the empty registers when there are many. */
function estimate({ registers }: HyperLogLog): number {
  const size = registers.length;
  const raw = 0.7213 / (1 + 1.079 / size) * size ** 2 /
    registers.reduce((sum, number) => sum + 2 ** -number, 0);
  const empty = registers.filter((number) => number === 0).length;
  return raw <= 2.5 * size && empty > 0 ? size * Math.log(size / empty) : raw;
}

for (const authors of [10, 300, 5_000, 40_000]) {
  test(`NIP-45: ${authors} authors are estimated within three times the usual error, at every offset`, () => {
    const all = Array.from({ length: authors }, (_, n) => author(n));
    for (let offset = 8; offset < 24; offset++) {
      const error = Math.abs(estimate(counting(offset, all)) / authors - 1);
      assert.ok(error < 3 * 1.04 / Math.sqrt(256), `off by ${(100 * error).toFixed(1)} % at ${offset}`);
    }
  });
}
