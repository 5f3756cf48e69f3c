import { Buffer } from "node:buffer";
import type { NostrEvent } from "../../protocol/event.ts";
import { type EventKeys, keysOf, textKey } from "../keys.ts";

/** The same for all instances. Where somebody makes two tags share a key, answers end that could have been kept. */
export const tagKey = textKey("9b1c5e0f7a3d42688e6f10c4d25b97a3");

/** Characters: a notification has 8,000 bytes in all. */
const MOST_WRITTEN = 7_800;

/** For what can't be told. */
const ANYTHING = "*";

/** Of a key. */
const BYTES = 6;

/** What an event was found by that comes or goes with a commit. */
export const changed = (event: NostrEvent): EventKeys => keysOf(event, tagKey);

/** What comes and goes with a commit, as a notification tells it; of some hundred events or tags at most. */
export function written(events: readonly EventKeys[]): string {
  const texts: string[] = [];
  let length = 0;
  for (const { id, author, kind, tags } of events) {
    const bytes = Buffer.alloc(BYTES * (3 + tags.length));
    [id, author, kind, ...tags].forEach((key, at) => bytes.writeIntBE(key, BYTES * at, BYTES));
    const text = bytes.toString("base64url");
    length += text.length + 1;
    if (length > MOST_WRITTEN) return ANYTHING;
    texts.push(text);
  }
  return texts.join();
}

/** Undefined if it can't be told. */
export function read(written = ANYTHING): EventKeys[] | undefined {
  if (written === ANYTHING) return undefined;
  if (written === "") return [];
  return written.split(",").map((text) => {
    const bytes = Buffer.from(text, "base64url");
    const keys = Array.from({ length: bytes.length / BYTES }, (_, at) => bytes.readIntBE(BYTES * at, BYTES));
    const [id, author, kind, ...tags] = keys as [number, number, number, ...number[]];
    return { id, author, kind, tags };
  });
}
