import assert from "node:assert/strict";
import { test } from "node:test";
import { EventTexts } from "../../src/storage/event_texts.ts";

test("a text is remembered by its row", () => {
  const texts = new EventTexts(20);
  texts.set(1, "one");
  assert.equal(texts.get(1), "one");
  assert.equal(texts.get(2), undefined);
});

test("what nobody has asked for while two generations filled is forgotten, what somebody has is not", () => {
  const texts = new EventTexts(20);
  texts.set(1, "12345");
  texts.set(2, "67890"); // the first generation is full
  texts.get(1);
  texts.set(3, "abcde"); // the second, with what was asked for again
  assert.deepEqual([1, 2, 3].map((seq) => texts.get(seq)), ["12345", undefined, "abcde"]);
});

test("a text beyond ASCII counts two bytes a unit", () => {
  const texts = new EventTexts(20);
  texts.set(1, "é1234"); // as much as a generation
  texts.set(2, "12345");
  texts.set(3, "67890");
  assert.deepEqual([1, 2, 3].map((seq) => texts.get(seq)), [undefined, "12345", "67890"]);
});
