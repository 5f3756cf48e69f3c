import { Buffer } from "node:buffer";

/** RFC 6455, 5.2: a whole text message; a server's frames are not masked. */
const FIN_TEXT = 0x81;

/** Payloads up to this many bytes have their length in the second byte; it announces 2 or 8 bytes of length otherwise. */
const SHORT = 125, TWO_BYTES = 126, EIGHT_BYTES = 127;

/** Text messages as they go over the wire, one frame each, in one piece. */
export function textFrames(messages: readonly string[]): Buffer {
  const lengths = messages.map((message) => Buffer.byteLength(message));
  const frames = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + headLength(length) + length, 0));
  let at = 0;
  messages.forEach((message, which) => {
    const length = lengths[which]!;
    at = writeHead(frames, at, length);
    at += frames.write(message, at, length);
  });
  return frames;
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
