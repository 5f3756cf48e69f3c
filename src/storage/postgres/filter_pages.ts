import type { NostrEvent } from "../../protocol/event.ts";
import { type Filter, type Matcher, matcher } from "../../protocol/filter.ts";
import { type Hit, isBefore, type PageReader, Scan } from "./scan.ts";

export interface FilterReader extends PageReader {
  /** Whether somebody will ask for what is behind the limits. */
  readonly seek: boolean;
}

/** Events read behind the limit at first; they double from page to page. */
const FIRST_BEHIND = 2;

/** What passes one filter, page after page; between pages it keeps nothing but where it is. */
export class FilterPages {
  readonly #scan: Scan;
  #left: number;
  #last: Hit | undefined;
  #fits: Matcher | undefined;
  /** Read and not yet taken, the next one last. */
  #hits: Hit[] = [];

  constructor(
    readonly filter: Filter,
    /** Events read in one statement. */
    readonly most: number,
    readonly reader: FilterReader,
  ) {
    this.#scan = new Scan(filter, reader);
    this.#left = filter.limit ?? Infinity;
  }

  /** The next event; undefined at the end, at the limit, or where a page must be read first. */
  get head(): Hit | undefined {
    return this.#left > 0 ? this.#hits.at(-1) : undefined;
  }

  get needsPage(): boolean {
    return !this.#scan.done && this.#left > 0 && this.#hits.length === 0;
  }

  /** Takes all that is at hand, in order, as far as the limit lets it through. */
  takeAll(): Hit[] {
    const taken = this.#hits.splice(Math.max(0, this.#hits.length - this.#left)).reverse();
    this.#last = taken.at(-1) ?? this.#last;
    this.#left -= taken.length;
    return taken;
  }

  shift(): void {
    this.#last = this.#hits.pop();
    this.#left--;
  }

  /** Goes on behind the limit. */
  async *rest(): AsyncGenerator<Hit, void, void> {
    for (let events = FIRST_BEHIND;; events *= 2) {
      while (this.#hits.length > 0) yield this.#hits.pop()!;
      if (this.#scan.done) return;
      await this.readPage(events);
    }
  }

  /** Whether the limit let through what is behind this event, and so the event too if it passes. */
  reaches(hit: Hit): boolean {
    return this.#last !== undefined && !isBefore(this.#last, hit);
  }

  /** Whether the event passes, whatever the limit. */
  passes(event: NostrEvent): boolean {
    this.#fits ??= matcher(this.filter, this.reader);
    return this.#fits(event);
  }

  /** @param wanted Events to read at most. Default: as many as are left, with one behind the limit for who seeks it. */
  async readPage(wanted = this.#left + (this.reader.seek ? 1 : 0)): Promise<void> {
    const hits = await this.#scan.page(Math.min(wanted, this.most), wanted);
    this.#hits = hits.reverse();
  }
}
