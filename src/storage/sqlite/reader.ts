import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import { HyperLogLog } from "../../protocol/hyperloglog.ts";
import { type Identities, IdentityPacker } from "../../protocol/identities.ts";
import { privateParts } from "../plan.ts";
import { Answers, digest, type KnownAnswer } from "../answers.ts";
import { Backlog } from "./backlog.ts";
import { EventLoader } from "./event_loader.ts";
import { authorOf } from "./json_matcher.ts";
import { hexKey, textKey } from "../keys.ts";
import { KnownHit } from "./known_hit.ts";
import { type Answer, merge, Source } from "./merge.ts";
import { type Hit, Query } from "./query.ts";
import type { Question } from "./question.ts";
import { seedOf } from "./schema.ts";
import { SearchQuery } from "./search_query.ts";
import { Snapshot } from "./snapshot.ts";
import { prepareArrays } from "./statement.ts";
import { TimeSlice } from "./time_slice.ts";

/** How much of a reader one query gets before others have their turn. */
export interface PageBounds {
  /** Most events in a page. */
  readonly events: number;
  /** UTF-16 units of JSON from which on a page is full: what a client may cost that does not read. */
  readonly size: number;
  /** The same for an ample page, which answers most queries at once. Default: `size`. */
  readonly ampleSize?: number;
  readonly milliseconds: number;
}

export interface ReaderOptions extends FilterOptions {
  /** See EventLoader. */
  readonly eventCacheBytes?: number | undefined;
}

export interface Page {
  readonly events: string[];
  /** Whether it was the last one. */
  readonly done: boolean;
  /** On the last one: whether an event passes that the limits have left out, where that was asked. */
  readonly more: boolean;
}

/** A page of events by time and id alone. */
export interface IdentityPage extends Identities {
  readonly done: boolean;
}

/** Most events in such a page: 160 KiB. */
const MOST_IDENTITIES = 4_096;

/** What a step adds to a count. */
export interface Tally {
  readonly count: number;
  /** Events looked at, whether they pass or not. */
  readonly looks: number;
  /** Of those counted (NIP-45), where they were asked for. */
  readonly registers: Uint8Array | undefined;
  readonly done: boolean;
}

/**
 * Answers queries step by step. A query is open from its first step until it is done or ended; between
 * steps it holds positions in indexes, no lock and no snapshot.
 */
export class Reader {
  readonly #open = new Map<number, Answer>();
  readonly #slice: TimeSlice;
  readonly #events: EventLoader;
  readonly #query: Query;
  readonly #search: SearchQuery;
  readonly #backlog: Backlog;
  readonly #snapshot: Snapshot;
  readonly #answers: Answers;
  readonly #byId: StatementSync;
  readonly #bySeq: StatementSync;
  readonly #nextIds: StatementSync;

  constructor(
    readonly database: DatabaseSync,
    readonly bounds: PageBounds,
    readonly options: ReaderOptions = {},
  ) {
    this.#slice = new TimeSlice(bounds.milliseconds);
    this.#answers = new Answers(textKey(seedOf(database)));
    this.#backlog = new Backlog(database, this.#answers);
    this.#snapshot = new Snapshot(database, this.#backlog);
    this.#events = new EventLoader(database, options.eventCacheBytes);
    this.#query = new Query(database, this.#backlog, this.#events, options, this.#slice);
    this.#search = new SearchQuery(database, this.#events, options, this.#slice);
    this.#byId = database.prepare(
      "SELECT 1 FROM by_id CROSS JOIN event USING (seq) WHERE id = ? + 0 AND substr(json, 8, 64) = ?", // {"id":"…
    );
    this.#bySeq = database.prepare("SELECT 1 FROM event WHERE seq = ? + 0 AND substr(json, 8, 64) = ?");
    this.#nextIds = prepareArrays(
      database,
      "SELECT id FROM by_id WHERE id > ? + 0 ORDER BY id LIMIT ? + 0",
    );
  }

  /** The keys of stored ids that come after one, in order; fewer than `most` when they are the last. Some may be gone. */
  idsAfter(key: number, most: number): Float64Array {
    return this.#snapshot.within(() => {
      const indexed = this.#nextIds.all(key, most) as unknown as number[][]; // see prepareArrays
      const others = this.#backlog.keys("id", key + 1, Infinity);
      return Float64Array.from([...indexed, ...others], ([id]) => id!).sort().subarray(0, most);
    });
  }

  has(ids: readonly string[]): boolean[] {
    return this.#snapshot.within(() => ids.map((id) => this.#has(id)));
  }

  #has(id: string): boolean {
    const key = hexKey(id);
    return this.#backlog.rows(key).some((seq) => this.#bySeq.get(seq, id)) ||
      this.#byId.get(key, id) !== undefined;
  }

  /** The next page of a query. @param question Given with a query's first page only. */
  page(query: number, now: number, question?: Question, { ample = false } = {}): Page {
    const { size: usual, ampleSize = usual } = this.bounds;
    const most = ample ? ampleSize : usual;
    const events: string[] = [];
    let size = 0;
    const answer = question && this.#remembered(question);
    const step = this.#step(query, now, answer, ({ json }) => {
      events.push(json);
      size += json.length;
      return events.length < this.bounds.events && size < most;
    });
    return { events, ...step };
  }

  /** The next page of a query for time and id alone. @param question Given with a query's first page only. */
  identify(query: number, now: number, question?: Question): IdentityPage {
    const packer = new IdentityPacker(MOST_IDENTITIES);
    const answer = question && this.#ask(question);
    const { done } = this.#step(query, now, answer, ({ past, id }) => packer.add(0 - past, id));
    return { ...packer.finish(), done };
  }

  /**
   * Counts on.
   * @param offset Of the registers that are wanted (NIP-45); undefined for none.
   * @param question Given with a query's first step only.
   */
  tally(query: number, now: number, offset: number | undefined, question?: Question): Tally {
    const authors = offset === undefined ? undefined : new HyperLogLog(offset);
    let count = 0;
    const filters = question?.filters.map((filter) => ({ ...filter, limit: undefined })); // NIP-45 counts all
    const { done } = this.#step(query, now, filters && this.#ask({ filters }), ({ json }) => {
      count++;
      authors?.add(authorOf(json));
      return true;
    });
    return { count, looks: this.#slice.looks, registers: authors?.registers, done };
  }

  /** Forgets a query that nobody waits for any more. */
  end(query: number): void {
    this.#open.delete(query);
  }

  /** Takes hits until `take` says no or the time is used up; answers whether the query is done, and had more. */
  #step(
    query: number,
    now: number,
    answer: Answer | undefined,
    take: (hit: Hit) => boolean,
  ): Omit<Page, "events"> {
    this.#slice.begin(now);
    if (answer) this.#open.set(query, answer);
    const hits = this.#open.get(query)!;
    try {
      const step = this.#snapshot.within(() => {
        while (true) {
          const { value, done } = hits.next();
          if (done) return { done, more: value };
          if (!value || !take(value)) return { done: false, more: false };
        }
      });
      if (step.done) this.#open.delete(query);
      return step;
    } catch (error) {
      this.#open.delete(query);
      throw error;
    }
  }

  /** Answers from memory, or finds the answer and remembers it. */
  *#remembered(question: Question): Answer {
    const { text } = question;
    if (text === undefined) return yield* this.#ask(question);
    const key = digest(text), known = this.#answers.get(key);
    if (known) return yield* this.#known(known);
    const { fleeting } = this.#events, since = this.#answers.now;
    const seqs: number[] = [], found = this.#ask(question);
    while (true) {
      const { value, done } = found.next();
      if (done) {
        const answer = { seqs, more: value };
        if (this.#events.fleeting === fleeting) this.#answers.keep(key, question.filters, since, answer);
        return value;
      }
      if (value) seqs.push(value.seq);
      yield value;
    }
  }

  *#known({ seqs, more }: KnownAnswer): Answer {
    const { turn, now } = this.#slice;
    for (const seq of seqs) {
      const json = this.#events.load(seq, now, { fresh: this.#slice.turn === turn });
      if (json !== undefined) yield new KnownHit(seq, json);
      if (this.#slice.spent) yield undefined;
    }
    return more;
  }

  #ask({ filters, seek = false }: Question): Answer {
    const [first] = filters;
    if (first?.search) return this.#search.run(first, first.search, seek); // alone: see rankedFirst
    const sources = filters.map((filter) => new Source(this.#hits(filter, seek), filter, this.options));
    return merge(sources, { seek });
  }

  *#hits(filter: Filter, seek: boolean): Generator<Hit | undefined, void, void> {
    const parts = privateParts(filter);
    if (!parts) return yield* this.#query.run(filter, seek);
    const unlimited = { limit: undefined }; // the whole is limited
    yield* merge(
      parts.map((part) => new Source(this.#query.run(part, seek), { ...part, ...unlimited }, this.options)),
      { seek: false },
    );
  }
}
