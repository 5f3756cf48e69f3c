import { isIndexedTag, type NostrEvent } from "../protocol/event.ts";

/**
 * SQLite keeps a whole number between −2^47 and 2^47 − 1 in six bytes, a larger one in eight. So ids,
 * public keys and hashes are indexed by 48 of their bits, shifted by half the range. Order is kept.
 *
 * Two values may share a key. Whoever finds by key must compare the values themselves.
 */
export const KEY_SHIFT = 2 ** 47;

/** Hex digits that make a key. */
const DIGITS = 12;

/** Below every key. */
export const BEFORE_ALL_KEYS = -KEY_SHIFT - 1;

/** The key of an id or a public key: its first 48 bits. */
export const hexKey = (hex: string): number => keyAt(hex, 0);

/** The same of one that stands at this place of a text. By hand: `parseInt` would want a text of its own. */
export function keyAt(text: string, at: number): number {
  return sixDigits(text, at) * 0x100_0000 + sixDigits(text, at + DIGITS / 2) - KEY_SHIFT;
}

function sixDigits(text: string, at: number): number {
  let number = 0;
  for (let digit = 0; digit < 6; digit++) {
    const code = text.charCodeAt(at + digit);
    number = number << 4 | (code & 15) + (code >> 6) * 9; // "a" is 0x61
  }
  return number;
}

/** Whether an id or a public key is given whole, and not by its beginning only. */
export const isWhole = ({ length }: string): boolean => length === 64;

/** The keys, both inclusive, of everything that starts with these hex digits. */
export function prefixKeys(prefix: string): { least: number; most: number } {
  const digits = prefix.slice(0, DIGITS);
  return { least: hexKey(digits.padEnd(DIGITS, "0")), most: hexKey(digits.padEnd(DIGITS, "f")) };
}

/** Makes a key of any text. */
export type TextKey = (text: string) => number;

/** The key of a tag, as the index knows it. */
export const tagKey = (key: TextKey, name: string, value: string): number => key(name + value);

/** What an event is found by. */
export interface EventKeys {
  /** Keys of its id, its author and its tags, each once. */
  readonly id: number;
  readonly author: number;
  readonly tags: readonly number[];
  readonly kind: number;
}

export function keysOf({ id, pubkey, kind, tags }: NostrEvent, textKey: TextKey): EventKeys {
  const keys = new Set<number>();
  for (const tag of tags) if (isIndexedTag(tag)) keys.add(tagKey(textKey, tag[0], tag[1]));
  return { id: hexKey(id), author: hexKey(pubkey), tags: [...keys], kind };
}

/** Odd, so that no bit is lost, and with bits all over, so that each reaches the others soon. */
const MULTIPLIER_A = 0x9e3779b1, MULTIPLIER_B = 0x85ebca77;

/**
 * A hash in which the database's own random numbers take part at every step, so that nobody can prepare
 * values that share a key.
 * @param seed 32 hex digits.
 */
export function textKey(seed: string): TextKey {
  const [startA, startB, addedA, addedB] = [0, 8, 16, 24].map((at) =>
    parseInt(seed.slice(at, at + 8), 16)
  ) as [number, number, number, number];
  return (text) => {
    let a = startA, b = startB;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      a = Math.imul((a ^ unit) + addedA, MULTIPLIER_A);
      a ^= a >>> 15;
      b = Math.imul((b ^ unit) + addedB, MULTIPLIER_B);
      b ^= b >>> 13;
    }
    a = Math.imul(a ^ (b >>> 7), MULTIPLIER_B);
    b = Math.imul(b ^ (a >>> 15), MULTIPLIER_A);
    return (a >>> 0) * 0x1_0000 + (b >>> 16) - KEY_SHIFT;
  };
}
