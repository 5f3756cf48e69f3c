import { Buffer } from "node:buffer";

/** Bytes of an event's id. */
export const ID_BYTES = 32;

/** Events by time and id alone, packed. */
export interface Identities {
  /** created_at of each, in seconds. */
  readonly times: Float64Array<ArrayBuffer>;
  /** Of each, 32 bytes. */
  readonly ids: Uint8Array<ArrayBuffer>;
}

/** Gathers the identities of a page. */
export class IdentityPacker {
  readonly #times: Float64Array<ArrayBuffer>;
  readonly #ids: Buffer<ArrayBuffer>;
  #count = 0;

  constructor(readonly most: number) {
    this.#times = new Float64Array(most);
    this.#ids = Buffer.alloc(most * ID_BYTES);
  }

  /** Answers whether there is room for another. @param id 64 hex digits. */
  add(createdAt: number, id: string): boolean {
    this.#times[this.#count] = createdAt;
    this.#ids.write(id, this.#count * ID_BYTES, "hex");
    return ++this.#count < this.most;
  }

  finish(): Identities {
    return {
      times: this.#times.slice(0, this.#count),
      ids: new Uint8Array(this.#ids.subarray(0, this.#count * ID_BYTES)),
    };
  }
}

/** Packs the identities of a few events. */
export function packIdentities(events: readonly { createdAt: number; id: string }[]): Identities {
  const packer = new IdentityPacker(events.length);
  for (const { createdAt, id } of events) packer.add(createdAt, id);
  return packer.finish();
}

/** The ids of packed events, 64 hex digits each. */
export function readIds({ ids }: Identities): string[] {
  const hex = Buffer.from(ids.buffer, ids.byteOffset, ids.length).toString("hex");
  const digits = 2 * ID_BYTES;
  return Array.from({ length: hex.length / digits }, (_, at) => hex.slice(at * digits, (at + 1) * digits));
}
