import assert from "node:assert/strict";
import fc from "fast-check";
import { idOf } from "../../src/protocol/event.ts";
import { asText, eventFrame, eventFrameHead } from "../../src/protocol/message.ts";
import { idAt, Utf8Packer, type Utf8Texts } from "../../src/protocol/utf8_texts.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { inUtf8 } from "../fixtures/utf8.ts";
import { test } from "../harness.ts";

const encoder = new TextEncoder();

/** The same events as text and in UTF-8, whatever is written in them. */
const events = fc.array(fc.string({ unit: "binary" })).map((contents) => {
  const texts = contents.map((content) => fakeEvent({ content }).json);
  return { texts, encoded: inUtf8(texts) };
});

test("events in UTF-8 are the same events", () =>
  fc.assert(fc.property(events, ({ texts, encoded }) => {
    assert.equal(encoded.length, texts.length);
    texts.forEach((json, at) => {
      assert.equal(encoded.text(at), json);
      assert.deepEqual([idAt(encoded, at), idAt(texts, at)], [idOf(json), idOf(json)]);
    });
  })));

test("frames of events in UTF-8 are, as text, the frames of these events", () =>
  fc.assert(fc.property(events, fc.string(), ({ texts, encoded }, subscription) => {
    const head = eventFrameHead(subscription);
    assert.deepEqual(
      asText(["first", { head, events: encoded }]),
      ["first", ...texts.map((json) => eventFrame(head, json))],
    );
  })));

const textsOf = (texts: Utf8Texts) => Array.from(texts.ends, (_, at) => texts.text(at));

test("a packer takes text and UTF-8, however much, page after page", () => {
  const packer = new Utf8Packer();
  const pages = [["é"], ["a".repeat(200_000), "€".repeat(100_000), ""], [], ["😀", "b".repeat(300_000)]];
  for (const page of pages) {
    const sizes = page.map((text, at) => packer.add(at % 2 ? encoder.encode(text) : text));
    assert.deepEqual(sizes, page.map((text) => encoder.encode(text).length));
    assert.deepEqual(textsOf(packer.finish()), page);
  }
});

test("a packer that begins anew forgets a page that nobody has finished", () => {
  const packer = new Utf8Packer();
  packer.add("of a page that failed");
  packer.begin();
  packer.add("new");
  assert.deepEqual(textsOf(packer.finish()), ["new"]);
});
