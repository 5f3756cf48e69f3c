import { eventAddress, newestFirst, type NostrEvent } from "../../src/protocol/event.ts";
import { lines } from "./corpus.ts";

/** What a relay holds that has been given the first so many events of a corpus: newest first. */
export function storedOf(path: string, events: number): NostrEvent[] {
  const kept = new Map<string, NostrEvent>();
  for (const line of lines(path, 0, events)) {
    const event = JSON.parse(line.toString()) as NostrEvent;
    kept.set(eventAddress(event) ?? event.id, event); // versions come in their order
  }
  return [...kept.values()].sort(newestFirst);
}

/** A filter as it goes over the wire. */
export interface WireFilter {
  readonly ids?: readonly string[];
  readonly authors?: readonly string[];
  readonly kinds?: readonly number[];
  readonly limit?: number;
  readonly [tag: `#${string}`]: readonly string[];
}

/** The naive answer to a filter. `stored` is newest first. */
export function answer(stored: readonly NostrEvent[], filter: WireFilter): NostrEvent[] {
  const tags = Object.entries(filter).filter(([name]) => name.startsWith("#"));
  const fits = (event: NostrEvent) =>
    (filter.ids?.includes(event.id) ?? true) &&
    (filter.authors?.includes(event.pubkey) ?? true) &&
    (filter.kinds?.includes(event.kind) ?? true) &&
    tags.every(([name, values]) =>
      event.tags.some((tag) => `#${tag[0]}` === name && (values as readonly string[]).includes(tag[1] ?? ""))
    );
  return stored.filter(fits).slice(0, filter.limit);
}
