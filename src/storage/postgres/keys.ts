import { hash } from "node:crypto";
import { isHex64, isIndexedTag, type NostrEvent } from "../../protocol/event.ts";

/** Hex digits of an id that order events of the same second: as many as a number holds exactly. */
const DIGITS = 13;

/** The first 52 bits of an id; ids in order have them in order. */
export const tieOf = (id: string): number => parseInt(id.slice(0, DIGITS), 16);

/**
 * The key of a tag, 32 hex digits: the letter, and 120 bits of a value that is an id or a public key, as most are,
 * or else of its hash. The first bit tells which, so that no value can pass for the hash of another.
 */
export function tagKey(letter: string, value: string): string {
  const code = letter.charCodeAt(0);
  if (isHex64(value)) return code.toString(16) + value.slice(34);
  // As JSON, in which a lone surrogate stays what it is.
  return (code | 0x80).toString(16) + hash("sha256", JSON.stringify(value)).slice(34);
}

/** Of all tags of an event that are indexed, each once. */
export const tagKeys = ({ tags }: NostrEvent): Set<string> =>
  new Set(tags.filter(isIndexedTag).map(([letter, value]) => tagKey(letter, value)));
