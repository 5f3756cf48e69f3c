import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { serialize } from "node:v8";
import fc from "fast-check";
import { escaped, inAscii, isAscii, partsInAscii } from "../../src/protocol/ascii.ts";
import { test } from "../harness.ts";

const text = fc.array(
  fc.constantFrom("a", "plain ", "x".repeat(60), '"', "\\", "\n", "é", "€", "🦒", "\u007f", "\u0080"),
)
  .map((pieces) => pieces.join(""));

test("JSON in ASCII says the same", () =>
  fc.assert(fc.property(text, (text) => {
    const json = JSON.stringify(text), ascii = escaped(json);
    assert.ok(isAscii(ascii));
    assert.equal(JSON.parse(ascii), text);
  })));

test("JSON in ASCII takes one byte a unit in memory, though it is made of a text that takes two", () => {
  const json = JSON.stringify(`${"x".repeat(1_000)}🦒`);
  assert.ok(serialize(json).length > 2 * json.length, "runtimes copy texts as they hold them");
  const ascii = escaped(json);
  assert.ok(serialize(ascii).length < 1.1 * ascii.length);
});

test("where other characters are few they are escaped, at the cost of a sixth at most; else all stays as it is", () => {
  let few = 0;
  const runs = 1_000;
  fc.assert(
    fc.property(text, (text) => {
      const json = JSON.stringify(text), chosen = inAscii(json);
      if (chosen === json) return;
      few++;
      assert.equal(chosen, escaped(json));
      assert.ok(chosen.length <= Buffer.byteLength(json) * 7 / 6, chosen);
    }),
    { numRuns: runs },
  );
  assert.ok(few > runs / 10 && few < runs * 9 / 10, `${few} had few: the property says little`);
});

test("parts of a text are in ASCII where the whole would be, all of them or none", () =>
  fc.assert(fc.property(fc.array(text.map((part) => JSON.stringify(part))), fc.nat(200), (parts, rest) => {
    const whole = inAscii(parts.join("") + " ".repeat(rest));
    assert.equal(partsInAscii(parts, rest).join("") + " ".repeat(rest), whole);
  })));

for (
  const [name, length, few] of [
    ["one in twenty-four is few", 23, true],
    ["one in twenty-three is not", 22, false],
  ] as const
) {
  test(`of characters that take one byte more, ${name}`, () =>
    assert.equal(isAscii(inAscii("é" + "x".repeat(length))), few));
}
