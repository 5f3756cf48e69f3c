import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import type { Statement } from "./client.ts";
import { isLast, type PageRow, type PageSize, pageStatement, type Position } from "./page.ts";

/** A stored event on its way to a client. */
export interface Hit {
  readonly seq: number;
  readonly id: string;
  /** −created_at. */
  readonly past: number;
  readonly json: string;
}

/** How a page is got. */
export interface PageReader extends FilterOptions {
  run(statement: Statement): Promise<PageRow[]>;
  readonly now: () => number;
}

/** Most that is looked up for a key, as a multiple of its even share of the page; it doubles from page to page. */
const SPREAD = 2;

/** What passes one filter, page after page; between pages it keeps nothing but where it is. */
export class FilterPages {
  #behind: Position;
  #left: number;
  #spread = SPREAD;
  #done: boolean;
  /** Read and not yet taken, the next one last. */
  readonly #hits: Hit[] = [];

  constructor(readonly filter: Filter, readonly most: Omit<PageSize, "spread">, readonly reader: PageReader) {
    this.#behind = { past: -(filter.until ?? Number.MAX_SAFE_INTEGER), id: "" };
    this.#left = filter.limit ?? Infinity;
    this.#done = this.#left === 0;
  }

  /** The next event; undefined at the end, or where a page must be read first. */
  get head(): Hit | undefined {
    return this.#hits.at(-1);
  }

  get needsPage(): boolean {
    return !this.#done && this.#hits.length === 0;
  }

  shift(): void {
    this.#hits.pop();
  }

  async readPage(): Promise<void> {
    const size = { ...this.most, events: Math.min(this.#left, this.most.events), spread: this.#spread };
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
    this.#left -= rows.length;
    this.#spread *= 2;
    this.#behind = this.#hits[0] ?? this.#behind;
    this.#done = this.#left === 0 || isLast(rows, size);
  }
}
