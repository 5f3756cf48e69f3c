import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import { type KnownAnswer, MOST_EVENTS } from "../answers.ts";
import type { Asked } from "./answer_memory.ts";
import { type EventLoader, idAt, type Named, type Run } from "./event_loader.ts";
import { FilterPages, type FilterReader } from "./filter_pages.ts";
import { leavesOut, merge } from "./merge.ts";
import type { PageRow } from "./page.ts";

export interface NamingReader extends FilterOptions {
  readonly run: Run;
  readonly now: () => number;
  readonly events: EventLoader;
  /** Events that a filter names in one statement; bytes of JSON that are given together. */
  readonly page: { readonly events: number; readonly bytes: number };
}

/** Names the events of an answer, page after page. */
export interface Naming {
  pages(): Iterable<readonly Named[]> | AsyncIterable<readonly Named[]>;
  /** Whether no other page follows. */
  readonly isEnd: boolean;
  /** Called once, at the end: answers whether an event passes that the limits have left out, where that is asked. */
  finish(): Promise<boolean>;
}

/** What is remembered; from the second on at which it is good no more (NIP-40), what the database has beside. */
export class NamedByMemory implements Naming {
  isEnd = false;
  #rest: Naming | undefined;

  /** @param anew Names the answer as it is by then. */
  constructor(readonly known: KnownAnswer, readonly reader: NamingReader, readonly anew: () => Naming) {}

  async *pages(): AsyncGenerator<readonly Named[], void, void> {
    const { known: { seqs, ids = "", goodUntil }, reader: { now, page } } = this;
    const named = seqs.map((seq, at): Named => ({ seq, id: idAt(ids, at) }));
    for (let at = 0; at < named.length; at += page.events) {
      if (now() >= goodUntil) return yield* this.#findRest(named.slice(0, at));
      this.isEnd = at + page.events >= named.length;
      yield named.slice(at, at + page.events);
    }
  }

  async *#findRest(given: readonly Named[]): AsyncGenerator<readonly Named[], void, void> {
    const ids = new Set(given.map(({ id }) => id));
    this.#rest = this.anew();
    for await (const hits of this.#rest.pages()) {
      this.isEnd = this.#rest.isEnd;
      yield hits.filter(({ id }) => !ids.has(id));
    }
  }

  finish(): Promise<boolean> {
    return this.#rest ? this.#rest.finish() : Promise.resolve(this.known.more);
  }
}

/** What the database has; told to who has asked for it to be remembered. */
export class NamedByDatabase implements Naming {
  readonly #filters: readonly FilterPages[];
  readonly #named: Named[] = [];
  #goodFrom = 0;
  #goodUntil = Infinity;

  /** @param seek Whether to find out if there is more. */
  constructor(
    filters: readonly Filter[],
    readonly seek: boolean,
    readonly reader: NamingReader,
    readonly asked?: Asked,
  ) {
    const pageReader: FilterReader = {
      ...reader,
      seek,
      run: (statement) => reader.run<PageRow>(statement),
      now: () => {
        const now = reader.now();
        this.#goodFrom = Math.max(this.#goodFrom, now);
        return now;
      },
      expires: (at) => void (this.#goodUntil = Math.min(this.#goodUntil, at)),
    };
    this.#filters = filters.map((filter) => new FilterPages(filter, reader.page.events, pageReader));
  }

  get isEnd(): boolean {
    return !this.#filters.some(({ needsPage }) => needsPage);
  }

  async *pages(): AsyncGenerator<readonly Named[], void, void> {
    for await (const hits of merge(this.#filters)) {
      if (this.asked && this.#named.length <= MOST_EVENTS) this.#named.push(...hits);
      yield hits;
    }
  }

  async finish(): Promise<boolean> {
    const { events, run } = this.reader;
    const more = this.seek && await leavesOut(this.#filters, (hit) => events.read(hit, run));
    if (this.asked) {
      const seqs = this.#named.map(({ seq }) => seq), ids = this.#named.map(({ id }) => id).join("");
      this.asked.keep({ seqs, ids, more, goodFrom: this.#goodFrom, goodUntil: this.#goodUntil });
    }
    return more;
  }
}
