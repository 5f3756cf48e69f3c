import assert from "node:assert/strict";
import fc from "fast-check";
import { TextReceiver, TextSender } from "../../src/storage/sqlite/sent_texts.ts";
import { test } from "../harness.ts";

/** The text of a row: of some length, one byte or two a unit. */
const textOf = (row: number) => `${row}${(row % 3 ? "x" : "é").repeat(row % 7)}`;

/** Rows that are often the same. */
const page = fc.array(fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 40 })), {
  maxLength: 12,
});

test("texts arrive as they were sent, whatever is kept", () => {
  let numbers = 0, texts = 0;
  fc.assert(
    fc.property(fc.array(page, { maxLength: 30 }), fc.nat(100), (pages, bytes) => {
      const sender = new TextSender(bytes), receiver = new TextReceiver(bytes);
      for (const rows of pages) {
        const expected = rows.map(textOf);
        const sent = structuredClone(sender.pack(rows, expected));
        for (const item of sent) typeof item === "string" ? texts++ : numbers++;
        assert.deepEqual(receiver.unpack(sent), expected);
      }
    }),
    { numRuns: 1_000 },
  );
  assert.ok(
    numbers > texts / 10 && texts > numbers / 10,
    `${numbers} numbers, ${texts} texts: it says little`,
  );
});

test("a text that is asked for over and over goes over twice, as long as it is kept", () => {
  const sender = new TextSender(1_000);
  const asked = () => sender.pack([7], ["text"]);
  assert.deepEqual([asked(), asked(), asked(), asked()], [["text"], [-7, "text"], [7], [7]]);
});

test("a number whose text did not come is not passed over", () => {
  const receiver = new TextReceiver(1_000);
  assert.throws(() => receiver.unpack([7]), /row 7/);
});
