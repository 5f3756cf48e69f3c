import { Buffer } from "node:buffer";

/** WebSocket framing (RFC 6455, section 5), as much of it as a client of relays needs. */

export const TEXT = 1, CLOSE = 8, PING = 9, PONG = 10;

/** Clients must mask. The key may be the same for all: the server's work is. */
const MASK = [0x37, 0xfa, 0x21, 0x3d];

/** One masked frame, ready to be written. */
export function frame(payload: Uint8Array, opcode: number = TEXT): Buffer {
  const { length } = payload;
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const bytes = Buffer.allocUnsafe(head + 4 + length);
  bytes[0] = 0x80 | opcode;
  if (head === 2) bytes[1] = 0x80 | length;
  else if (head === 4) {
    bytes[1] = 0x80 | 126;
    bytes.writeUInt16BE(length, 2);
  } else {
    bytes[1] = 0x80 | 127;
    bytes.writeBigUInt64BE(BigInt(length), 2);
  }
  for (let n = 0; n < 4; n++) bytes[head + n] = MASK[n]!;
  for (let n = 0, at = head + 4; n < length; n++) bytes[at + n] = payload[n]! ^ MASK[n & 3]!;
  return bytes;
}

export const textFrame = (text: string): Buffer => frame(Buffer.from(text));

/** Takes a frame that a server sent: its payload is `bytes` from `start` to `end`. */
export type TakeFrame = (opcode: number, bytes: Buffer, start: number, end: number) => void;

/** Cuts a stream of bytes into frames. */
export class Cutter {
  #rest: Buffer | undefined;

  constructor(readonly take: TakeFrame) {}

  feed(chunk: Buffer): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    while (bytes.length - at >= 2) {
      const short = bytes[at + 1]! & 127;
      const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
      if (bytes.length < start) break;
      const length = short < 126
        ? short
        : short === 126
        ? bytes.readUInt16BE(at + 2)
        : Number(bytes.readBigUInt64BE(at + 2));
      const end = start + length;
      if (bytes.length < end) break;
      const head = bytes[at]!;
      if (!(head & 0x80)) throw new Error("a fragmented message, which this client does not read");
      this.take(head & 15, bytes, start, end);
      at = end;
    }
    this.#rest = at === bytes.length ? undefined : bytes.subarray(at);
  }
}
