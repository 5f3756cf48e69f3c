import { ID_BYTES } from "../protocol/identities.ts";
import { Rejection } from "../protocol/reason.ts";

/** NIP-77's timestamp that lies behind all others. */
export const INFINITY = Infinity;

/** Where a range ends: before the first record with this timestamp whose id is not below the prefix. */
export interface Bound {
  /** Seconds, or INFINITY. */
  readonly timestamp: number;
  /** The id's first bytes, 0 to 32; the rest count as zero. */
  readonly prefix: Uint8Array;
}

/** What follows a range's bound. */
export const SKIP = 0, FINGERPRINT = 1, ID_LIST = 2;

export const FINGERPRINT_BYTES = 16;

const NO_PREFIX = new Uint8Array(0);

export const END: Bound = { timestamp: INFINITY, prefix: NO_PREFIX };
export const START: Bound = { timestamp: 0, prefix: NO_PREFIX };

/** Reads a Negentropy message. Whatever does not read as one is rejected as `invalid`. */
export class MessageReader {
  #at = 0;
  #timestamp = 0;

  constructor(readonly message: Uint8Array) {}

  get atEnd(): boolean {
    return this.#at === this.message.length;
  }

  byte(): number {
    return this.bytes(1)[0]!;
  }

  /** A view, not a copy. */
  bytes(count: number): Uint8Array {
    if (count > this.message.length - this.#at) {
      throw new Rejection("invalid", "the sync message ends too early");
    }
    this.#at += count;
    return this.message.subarray(this.#at - count, this.#at);
  }

  /** Base 128, most significant digit first; every byte but the last has its high bit set. */
  varint(): number {
    let value = 0;
    while (true) {
      const byte = this.byte();
      value = value * 128 + (byte & 0x7f);
      if (value > Number.MAX_SAFE_INTEGER) {
        throw new Rejection("invalid", "a number in the sync message is too large");
      }
      if (byte < 0x80) return value;
    }
  }

  /** Timestamps are written as what they exceed the one before by, plus one; 0 is infinity. */
  bound(): Bound {
    const written = this.varint();
    this.#timestamp = written === 0 ? INFINITY : this.#timestamp + written - 1;
    const length = this.varint();
    if (length > ID_BYTES) {
      throw new Rejection("invalid", "an id in the sync message is longer than 32 bytes");
    }
    return { timestamp: this.#timestamp, prefix: this.bytes(length) };
  }
}

/** Writes a Negentropy message. */
export class MessageWriter {
  #bytes = new Uint8Array(1_024);
  #length = 0;
  #timestamp = 0;

  get length(): number {
    return this.#length;
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  varint(value: number): void {
    this.bytes(varint(value));
  }

  bound({ timestamp, prefix }: Bound): void {
    this.varint(timestamp === INFINITY ? 0 : 1 + timestamp - this.#timestamp);
    this.#timestamp = timestamp;
    this.varint(prefix.length);
    this.bytes(prefix);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + more));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

export function varint(value: number): Uint8Array {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    digits.unshift(128 + rest % 128);
  }
  return Uint8Array.from(digits);
}
