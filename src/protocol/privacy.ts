import type { NostrEvent } from "./event.ts";

/** As JSON. */
export interface WrittenPrivacy {
  readonly kinds: readonly number[];
  readonly readers: readonly string[];
}

/** What a reader may see of events that are for their author and recipients alone (NIP-17, NIP-59). */
export class Privacy {
  /**
   * @param kinds Of such events.
   * @param readers Public keys that the reader has proved to be theirs; may become more while this is in use.
   */
  constructor(readonly kinds: ReadonlySet<number>, readonly readers: ReadonlySet<string>) {}

  static from({ kinds, readers }: WrittenPrivacy): Privacy {
    return new Privacy(new Set(kinds), new Set(readers));
  }

  toJSON(): WrittenPrivacy {
    return { kinds: [...this.kinds], readers: [...this.readers] };
  }

  /** Whether the event is public, or by or to the reader, whom any of its `p` tags may name. */
  admits({ kind, pubkey, tags }: NostrEvent): boolean {
    if (!this.kinds.has(kind)) return true;
    return this.readers.has(pubkey) ||
      tags.some(([name, value]) => name === "p" && value !== undefined && this.readers.has(value));
  }

  /** Those kinds of which the reader may see any event at all. */
  visible(kinds: readonly number[]): readonly number[] {
    return this.readers.size > 0 ? kinds : kinds.filter((kind) => !this.kinds.has(kind));
  }
}
