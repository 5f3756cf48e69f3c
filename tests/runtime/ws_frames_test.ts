import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { eventFrame } from "../../src/protocol/message.ts";
import { textFrames } from "../../src/runtime/ws_frames.ts";
import { frame } from "../fixtures/raw_client.ts";
import { inUtf8 } from "../fixtures/utf8.ts";
import { test } from "../harness.ts";

test("ws: events in UTF-8 become the same frames as their text, among others", () => {
  const sizes = [0, 60, 125, 126, 65_535, 65_536];
  const texts = sizes.flatMap((size) => ["x".repeat(size), "é".repeat(size / 2), "😀".repeat(size / 4)]);
  const head = '["EVENT","größer",',
    events = inUtf8(texts);
  assert.ok(
    textFrames(["first", { head, events }, "last"])
      .equals(textFrames(["first", ...texts.map((text) => eventFrame(head, text)), "last"])),
  );
  assert.equal(textFrames([{ head, events: inUtf8([]) }]).length, 0);
});

test("ws: text frames have the header that RFC 6455 wants for their length in UTF-8", () => {
  const sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000];
  const messages = [
    ...sizes.map((size) => "x".repeat(size)),
    ...sizes.map((size) => "é".repeat(size / 2)), // two bytes each
    'a "quote", €, 😀 and half of one: \ud83d',
  ];
  const expected = Buffer.concat(messages.map((message) => frame(message, { masked: false })));
  assert.ok(textFrames(messages).equals(expected));
});
