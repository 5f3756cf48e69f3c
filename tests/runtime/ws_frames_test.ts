import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { textFrames } from "../../src/runtime/ws_frames.ts";
import { frame } from "../fixtures/raw_client.ts";
import { test } from "../harness.ts";

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
