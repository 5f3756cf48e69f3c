import { hash } from "node:crypto";
import { isIndexedTag, type NostrEvent } from "../../protocol/event.ts";

/** Hex digits of an id that order events of the same second: as many as a number holds exactly. */
const DIGITS = 13;

/** The first 52 bits of an id; ids in order have them in order. */
export const tieOf = (id: string): number => parseInt(id.slice(0, DIGITS), 16);

/** The key of a tag, 32 hex digits. Of its JSON, in which a lone surrogate stays what it is. */
export const tagKey = (letter: string, value: string): string =>
  hash("sha256", letter + JSON.stringify(value)).slice(0, 32);

/** Of all tags of an event that are indexed, each once. */
export const tagKeys = ({ tags }: NostrEvent): Set<string> =>
  new Set(tags.filter(isIndexedTag).map(([letter, value]) => tagKey(letter, value)));
