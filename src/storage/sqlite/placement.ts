import { isIndexedTag, type NostrEvent } from "../../protocol/event.ts";
import { hexKey, tagKey, type TextKey } from "./keys.ts";

/** Where an event stands in the indexes. */
export interface Placement {
  readonly seq: number;
  readonly eventId: string;
  /** −created_at. */
  readonly past: number;
  /** Keys of its id, its author and its tags, each once; see keys.ts. */
  readonly id: number;
  readonly author: number;
  readonly tags: readonly number[];
  readonly kind: number;
}

export function placementOf(seq: number, event: NostrEvent, textKey: TextKey): Placement {
  const tags = new Set<number>();
  for (const tag of event.tags) if (isIndexedTag(tag)) tags.add(tagKey(textKey, tag[0], tag[1]));
  return {
    seq,
    eventId: event.id,
    past: -event.created_at,
    id: hexKey(event.id),
    author: hexKey(event.pubkey),
    tags: [...tags],
    kind: event.kind,
  };
}

/** A placement as a row of the tables `fresh` and `stale`. All our platforms keep a number's lowest byte first. */
export type PlacementRow = [
  seq: number,
  eventId: string,
  past: number,
  author: number,
  kind: number,
  tags: Uint8Array<ArrayBuffer>,
];

export function toRow({ seq, eventId, past, author, kind, tags }: Placement): PlacementRow {
  return [seq, eventId, past, author, kind, new Uint8Array(Float64Array.from(tags).buffer)];
}

export function fromRow([seq, eventId, past, author, kind, packed]: PlacementRow): Placement {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const tags: number[] = [];
  for (let at = 0; at < packed.byteLength; at += 8) tags.push(view.getFloat64(at, true));
  return { seq, eventId, past, id: hexKey(eventId), author, kind, tags };
}
