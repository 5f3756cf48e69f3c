import assert from "node:assert/strict";
import { test } from "node:test";
import { EventTexts } from "../../src/storage/event_texts.ts";

test("a text is remembered by its row", () => {
  const texts = new EventTexts(20);
  texts.set(1, "one");
  assert.equal(texts.get(1), "one");
  assert.equal(texts.get(2), undefined);
});

test("texts take no more memory than was given; one beyond ASCII takes two bytes a unit", () => {
  const texts = new EventTexts(20);
  texts.set(1, "é1234");
  texts.set(2, "12345");
  texts.set(3, "67890");
  assert.deepEqual([1, 2, 3].map((seq) => texts.get(seq)), ["é1234", "12345", "67890"]);
  texts.set(4, "abcde"); // in place of the oldest, as all were used
  texts.set(5, "fghij"); // there is room for two
  assert.deepEqual([1, 2, 3, 4, 5].filter((seq) => texts.get(seq)), [2, 3, 4, 5]);
  texts.set(6, "x"); // and for no more
  assert.deepEqual([2, 3, 4, 5, 6].filter((seq) => texts.get(seq)).length, 4);
});
