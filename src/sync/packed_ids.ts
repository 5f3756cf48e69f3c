import { Buffer } from "node:buffer";
import { ID_BYTES } from "../protocol/identities.ts";

/** A list of ids that may be long: 32 bytes each. */
export class PackedIds {
  #ids = Buffer.alloc(64 * ID_BYTES);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param id 32 bytes, which are copied. */
  push(id: Uint8Array): void {
    if (this.#size * ID_BYTES === this.#ids.length) {
      this.#ids = Buffer.concat([this.#ids], 2 * this.#ids.length);
    }
    this.#ids.set(id, this.#size++ * ID_BYTES);
  }

  /** All of them in hex, so many at a time. */
  *batches(most: number): Generator<string[], void, void> {
    for (let from = 0; from < this.#size; from += most) {
      const to = Math.min(from + most, this.#size);
      const hex = this.#ids.toString("hex", from * ID_BYTES, to * ID_BYTES);
      yield hex.match(/.{64}/g)!;
    }
  }
}
