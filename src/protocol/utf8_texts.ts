import { Buffer } from "node:buffer";
import { ID_AT, idOf } from "./event.ts";

/** JSON of events in UTF-8, one behind the other: as it goes over the wire, and free to move between threads. */
export class Utf8Texts {
  #buffer: Buffer | undefined;

  /** @param ends Where each ends, in bytes. */
  constructor(readonly bytes: Uint8Array<ArrayBuffer>, readonly ends: Uint32Array<ArrayBuffer>) {}

  /** Puts texts together. */
  static of(texts: readonly Uint8Array[]): Utf8Texts {
    const ends = new Uint32Array(texts.length);
    let size = 0;
    texts.forEach(({ length }, at) => ends[at] = size += length);
    const bytes = new Uint8Array(size);
    texts.forEach((text, at) => bytes.set(text, ends[at]! - text.length));
    return new Utf8Texts(bytes, ends);
  }

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

/** JSON of stored events, as the store gave it. */
export type StoredTexts = readonly string[] | Utf8Texts;

/** The id of one of them. */
export const idAt = (texts: StoredTexts, at: number): string =>
  texts instanceof Utf8Texts ? texts.id(at) : idOf(texts[at]!);
