import type { NostrEvent } from "./event.ts";

/** NIP-13: the most that an id can have. */
export const MAX_DIFFICULTY = 256;

/** NIP-13: how many leading bits of an id are zero. */
export function leadingZeroBits(id: string): number {
  const zeros = id.search(/[^0]/);
  return zeros < 0 ? MAX_DIFFICULTY : 4 * zeros + Math.clz32(parseInt(id[zeros]!, 16)) - 28;
}

/** NIP-13: the target that a `nonce` tag commits to; undefined without one, or where it is no number. */
export function committedTarget({ tags }: NostrEvent): number | undefined {
  const target = tags.find(([name]) => name === "nonce")?.[2];
  return target !== undefined && /^\d{1,3}$/.test(target) ? Number(target) : undefined;
}
