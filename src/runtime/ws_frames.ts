import { Buffer } from "node:buffer";
import type { EventFrames, Frames } from "../protocol/message.ts";
import type { Utf8Texts } from "../protocol/utf8_texts.ts";

/** RFC 6455, 5.2: a whole text message; a server's frames are not masked. */
const FIN_TEXT = 0x81;

/** Payloads up to this many bytes have their length in the second byte; it announces 2 or 8 bytes of length otherwise. */
const SHORT = 125, TWO_BYTES = 126, EIGHT_BYTES = 127;

const CLOSING_BRACKET = "]".charCodeAt(0);

/** Text messages as they go over the wire, one frame each, in one piece. */
export function textFrames(frames: Frames): Buffer {
  const pieces = frames.map((frame) => typeof frame === "string" ? new Text(frame) : new Events(frame));
  const buffer = Buffer.allocUnsafe(pieces.reduce((sum, { size }) => sum + size, 0));
  let at = 0;
  for (const piece of pieces) at = piece.write(buffer, at);
  return buffer;
}

/** The frame of a text. */
class Text {
  readonly #length: number;

  constructor(readonly text: string) {
    this.#length = Buffer.byteLength(text);
  }

  /** Bytes of all. */
  get size(): number {
    return headLength(this.#length) + this.#length;
  }

  /** Answers where it ends. */
  write(buffer: Buffer, at: number): number {
    const payload = writeHead(buffer, at, this.#length);
    return payload + buffer.write(this.text, payload, this.#length);
  }
}

/** The frames of events: see `eventFrame`. */
class Events {
  readonly #head: Buffer;
  readonly #events: Utf8Texts;
  readonly size: number;

  constructor({ head, events }: EventFrames) {
    this.#head = Buffer.from(head);
    this.#events = events;
    let size = 0;
    for (let nth = 0; nth < events.length; nth++) {
      const length = this.#length(nth);
      size += headLength(length) + length;
    }
    this.size = size;
  }

  write(buffer: Buffer, at: number): number {
    const { bytes, ends } = this.#events;
    for (let nth = 0; nth < ends.length; nth++) {
      const length = this.#length(nth), head = writeHead(buffer, at, length);
      buffer.set(this.#head, head);
      buffer.set(bytes.subarray(this.#events.start(nth), ends[nth]), head + this.#head.length);
      at = head + length;
      buffer[at - 1] = CLOSING_BRACKET;
    }
    return at;
  }

  /** Bytes of a payload. */
  #length(nth: number): number {
    return this.#head.length + this.#events.ends[nth]! - this.#events.start(nth) + 1;
  }
}

function headLength(length: number): number {
  return length <= SHORT ? 2 : length < 2 ** 16 ? 4 : 10;
}

/** Answers where the payload begins. */
function writeHead(frames: Buffer, at: number, length: number): number {
  frames[at] = FIN_TEXT;
  if (length <= SHORT) {
    frames[at + 1] = length;
    return at + 2;
  }
  if (length < 2 ** 16) {
    frames[at + 1] = TWO_BYTES;
    return frames.writeUInt16BE(length, at + 2);
  }
  frames[at + 1] = EIGHT_BYTES;
  return frames.writeBigUInt64BE(BigInt(length), at + 2);
}
