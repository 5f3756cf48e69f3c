import { Buffer } from "node:buffer";
import { ID_AT, idOf } from "./event.ts";

/** JSON of events in UTF-8, one behind the other: as it goes over the wire, and free to move between threads. */
export class Utf8Texts {
  #buffer: Buffer | undefined;

  /** @param ends Where each ends, in bytes. */
  constructor(readonly bytes: Uint8Array<ArrayBuffer>, readonly ends: Uint32Array<ArrayBuffer>) {}

  get length(): number {
    return this.ends.length;
  }

  /** Where a text starts, in bytes. */
  start(at: number): number {
    return at === 0 ? 0 : this.ends[at - 1]!;
  }

  id(at: number): string {
    const start = this.start(at) + ID_AT;
    return this.#decode("latin1", start, start + 64);
  }

  text(at: number): string {
    return this.#decode("utf8", this.start(at), this.ends[at]!);
  }

  #decode(encoding: "latin1" | "utf8", start: number, end: number): string {
    const { buffer, byteOffset, byteLength } = this.bytes;
    this.#buffer ??= Buffer.from(buffer, byteOffset, byteLength);
    return this.#buffer.toString(encoding, start, end);
  }
}

/** Bytes that a packer has room for at first, and keeps between two uses: of most pages. */
const ROOM = 256 * 1024;

/** Most bytes of a unit of UTF-16. */
const WIDEST = 3;

const encoder = new TextEncoder();

/** Puts texts together, page after page, in memory of its own: an array for each text would cost more than its encoding. */
export class Utf8Packer {
  #room = new Uint8Array(ROOM);
  #ends: number[] = [];
  #size = 0;

  /** Forgets what was added. Whoever fails in the middle of a page never comes to its end. */
  begin(): void {
    if (this.#room.length > ROOM) this.#room = new Uint8Array(ROOM);
    this.#ends = [];
    this.#size = 0;
  }

  /** Adds a text; answers how many bytes it has. */
  add(text: string | Uint8Array): number {
    let { length } = text;
    if (typeof text === "string") length = encoder.encodeInto(text, this.#free(WIDEST * length)).written;
    else this.#free(length).set(text);
    this.#ends.push(this.#size += length);
    return length;
  }

  /** Gives what was added, and begins anew. */
  finish(): Utf8Texts {
    const texts = new Utf8Texts(this.#room.slice(0, this.#size), Uint32Array.from(this.#ends));
    this.begin();
    return texts;
  }

  /** What is free of the room: so many bytes at least. */
  #free(bytes: number): Uint8Array<ArrayBuffer> {
    const needed = this.#size + bytes;
    if (needed > this.#room.length) {
      const room = new Uint8Array(Math.max(needed, 2 * this.#room.length));
      room.set(this.#room.subarray(0, this.#size));
      this.#room = room;
    }
    return this.#room.subarray(this.#size);
  }
}

/** JSON of stored events, as the store gave it. */
export type StoredTexts = readonly string[] | Utf8Texts;

/** The id of one of them. */
export const idAt = (texts: StoredTexts, at: number): string =>
  texts instanceof Utf8Texts ? texts.id(at) : idOf(texts[at]!);
