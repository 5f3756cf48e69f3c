import type { NostrEvent } from "../../protocol/event.ts";
import { type EventKeys, hexKey, keysOf, type TextKey } from "../keys.ts";

/** Where an event stands in the indexes. */
export interface Placement extends EventKeys {
  readonly seq: number;
  readonly eventId: string;
  /** −created_at. */
  readonly past: number;
}

export const placementOf = (seq: number, event: NostrEvent, textKey: TextKey): Placement => ({
  seq,
  eventId: event.id,
  past: -event.created_at,
  ...keysOf(event, textKey),
});

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
