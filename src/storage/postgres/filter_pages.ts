import { type Filter, type Matcher, matcher } from "../../protocol/filter.ts";
import type { Statement } from "./client.ts";
import {
  isLast,
  type PageOptions,
  type PageRow,
  type PageSize,
  pageStatement,
  type Position,
} from "./page.ts";

/** A stored event on its way to a client. */
export interface Hit {
  readonly seq: number;
  readonly id: string;
  /** −created_at. */
  readonly past: number;
  readonly json: string;
}

/** How a page is got. */
export interface PageReader extends PageOptions {
  run(statement: Statement): Promise<PageRow[]>;
  readonly now: () => number;
  /** Whether somebody will ask for what is behind the limits. */
  readonly seek: boolean;
}

/** Most that is looked up for a key, as a multiple of its even share of the page; it doubles from page to page. */
const SPREAD = 2;

/** Events read behind the limit at first; they double from page to page. */
const FIRST_BEHIND = 2;

/** What passes one filter, page after page; between pages it keeps nothing but where it is. */
export class FilterPages {
  #behind: Position;
  #left: number;
  #last: Hit | undefined;
  #fits: Matcher | undefined;
  #spread = SPREAD;
  #done = false;
  /** Read and not yet taken, the next one last. */
  readonly #hits: Hit[] = [];

  constructor(readonly filter: Filter, readonly most: Omit<PageSize, "spread">, readonly reader: PageReader) {
    this.#behind = { past: -(filter.until ?? Number.MAX_SAFE_INTEGER), id: "" };
    this.#left = filter.limit ?? Infinity;
  }

  /** The next event; undefined at the end, at the limit, or where a page must be read first. */
  get head(): Hit | undefined {
    return this.#left > 0 ? this.#hits.at(-1) : undefined;
  }

  get needsPage(): boolean {
    return !this.#done && this.#left > 0 && this.#hits.length === 0;
  }

  shift(): void {
    this.#last = this.#hits.pop();
    this.#left--;
  }

  /** Goes on behind the limit. */
  async *rest(): AsyncGenerator<Hit, void, void> {
    for (let events = FIRST_BEHIND;; events *= 2) {
      while (this.#hits.length > 0) yield this.#hits.pop()!;
      if (this.#done) return;
      await this.readPage(events);
    }
  }

  /** Whether this event was among what the limit let through. */
  hasSent(hit: Hit): boolean {
    if (!this.#last || isBefore(this.#last, hit)) return false;
    this.#fits ??= matcher(this.filter, this.reader);
    return this.#fits(JSON.parse(hit.json));
  }

  /** @param wanted Events to read at most. Default: as many as are left, with one behind the limit for who seeks it. */
  async readPage(wanted = this.#left + (this.reader.seek ? 1 : 0)): Promise<void> {
    const size = { ...this.most, events: Math.min(wanted, this.most.events), spread: this.#spread };
    const statement = pageStatement(this.filter, this.#behind, size, this.reader.now(), this.reader);
    if (!statement) {
      this.#done = true;
      return;
    }
    const rows = await this.reader.run(statement);
    for (const [seq, past, json] of rows.reverse()) {
      this.#hits.push({ seq: Number(seq), past: Number(past), id: json.slice(7, 71), json }); // {"id":"…
    }
    rows.reverse();
    this.#spread *= 2;
    this.#behind = this.#hits[0] ?? this.#behind;
    this.#done = isLast(rows, size);
  }
}

/** Whether `a` comes first in the order of serving. */
export const isBefore = (a: Hit, b: Hit): boolean => a.past < b.past || (a.past === b.past && a.id < b.id);
