import { Buffer } from "node:buffer";
import type { NostrEvent } from "../../protocol/event.ts";
import { type EventKeys, keysOf, textKey } from "../keys.ts";

/** The same for all instances. Where somebody makes two tags share a key, answers end that could have been kept. */
export const tagKey = textKey("9b1c5e0f7a3d42688e6f10c4d25b97a3");

/** Numbers at most: each is written in eight characters, and a notification has 8,000 in all. */
const MOST_NUMBERS = 975;

/** Of a number. */
const BYTES = 6;

/** For what can't be told. */
const ANYTHING = "*";

/** What an event was found by that comes or goes with a commit. */
export const changed = (event: NostrEvent): EventKeys => keysOf(event, tagKey);

/** What comes and goes with a commit, as a notification tells it; of some hundred events or tags at most. */
export function written(events: readonly EventKeys[]): string {
  const count = events.reduce((sum, { tags }) => sum + 4 + tags.length, 0);
  if (count > MOST_NUMBERS) return ANYTHING;
  const view = new DataView(new ArrayBuffer(BYTES * count));
  let at = 0;
  const add = (number: number) => {
    view.setInt16(at, Math.floor(number / 2 ** 32));
    view.setUint32(at + 2, number >>> 0);
    at += BYTES;
  };
  for (const { id, author, kind, tags } of events) {
    add(id);
    add(author);
    add(kind);
    add(tags.length);
    for (const tag of tags) add(tag);
  }
  return Buffer.from(view.buffer).toString("base64url");
}

/** Undefined if it can't be told. */
export function read(written = ANYTHING): EventKeys[] | undefined {
  if (written === ANYTHING) return undefined;
  const { buffer, byteOffset, byteLength } = Buffer.from(written, "base64url");
  const view = new DataView(buffer, byteOffset, byteLength);
  const numbers: number[] = [];
  for (let at = 0; at + BYTES <= byteLength; at += BYTES) {
    numbers.push(view.getInt16(at) * 2 ** 32 + view.getUint32(at + 2));
  }
  const events: EventKeys[] = [];
  for (let at = 0; at < numbers.length;) {
    const [id = 0, author = 0, kind = 0, count = 0] = numbers.slice(at, at + 4);
    const tags = numbers.slice(at + 4, at + 4 + count);
    events.push({ id, author, kind, tags });
    at += 4 + tags.length;
  }
  return events;
}
