import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import { type JsonMatcher, jsonMatcher } from "./json_matcher.ts";
import type { Hit } from "./query.ts";

/** Gives what passes a filter, in the order of serving; undefined when the time slice is used up. */
type Hits = Generator<Hit | undefined, void, void>;

/** Gives what is to be sent; at its end, whether an event passes that the limits have left out. */
export type Answer = Generator<Hit | undefined, boolean, void>;

/**
 * Merges what passes several filters, up to their limits; an event that passes more than one comes once.
 * @param seek Whether to look for an event that the limits have left out.
 */
export function* merge(sources: readonly Source[], { seek }: { readonly seek: boolean }): Answer {
  for (const source of sources) while (!source.advance()) yield undefined;
  for (let next = newest(sources); next; next = newest(sources)) {
    yield next;
    for (const source of sources) {
      if (source.head?.id === next.id) { while (!source.advance()) yield undefined; }
    }
  }
  return seek && (yield* findLeftOut(sources));
}

/** Goes on behind the limits of all in turn, so that a long search for one does not keep another's find back. */
function* findLeftOut(sources: readonly Source[]): Answer {
  const open = new Set(sources);
  while (open.size > 0) {
    for (const source of open) {
      const { value: hit, done } = source.hits.next();
      if (done) open.delete(source);
      else if (!hit) yield undefined;
      else if (!sources.some((other) => other.hasSent(hit))) return true;
    }
  }
  return false;
}

/** What passes one filter, up to its limit. */
export class Source {
  /** The next to send; undefined at the end or at the limit. */
  head: Hit | undefined;
  #left: number;
  #last: Hit | undefined;
  #fits: JsonMatcher | undefined;

  constructor(readonly hits: Hits, readonly filter: Filter, readonly options: FilterOptions) {
    this.#left = filter.limit ?? Infinity;
  }

  /** Moves to the next; answers false when the time slice is used up, to be called again. */
  advance(): boolean {
    this.#last = this.head ?? this.#last;
    const { value, done } = this.#left > 0 ? this.hits.next() : ENDED;
    if (!value && !done) return false;
    this.head = value || undefined;
    this.#left--;
    return true;
  }

  /** Whether this hit was among what the limit let through. */
  hasSent(hit: Hit): boolean {
    if (!this.#last || isBefore(this.#last, hit)) return false;
    this.#fits ??= jsonMatcher(this.filter, this.options);
    return this.#fits(hit.json);
  }
}

const ENDED = { value: undefined, done: true } as const;

function newest(sources: readonly Source[]): Hit | undefined {
  let first: Hit | undefined;
  for (const { head } of sources) if (head && (!first || isBefore(head, first))) first = head;
  return first;
}

function isBefore(a: Hit, b: Hit): boolean {
  return a.past < b.past || (a.past === b.past && a.id < b.id);
}
