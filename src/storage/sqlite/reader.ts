import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import { HyperLogLog } from "../../protocol/hyperloglog.ts";
import { IdentityPacker } from "../../protocol/identities.ts";
import { Utf8Packer } from "../../protocol/utf8_texts.ts";
import { privateParts } from "../plan.ts";
import { Answers } from "../answers.ts";
import { Backlog } from "./backlog.ts";
import { type CacheOptions, eventCaches } from "./event_caches.ts";
import { AS_TEXT, AS_UTF8, EventLoader } from "./event_loader.ts";
import { authorOf } from "./json_matcher.ts";
import { hexKey, textKey } from "../keys.ts";
import { type Answer, merge, Source } from "./merge.ts";
import { Newest } from "./newest.ts";
import type { IdentityPage, Page, PageBounds, Step, Tally, Utf8Page } from "./pages.ts";
import { type Hit, Query } from "./query.ts";
import type { Question } from "./question.ts";
import { Recall } from "./recall.ts";
import { seedOf } from "./schema.ts";
import { SearchQuery } from "./search_query.ts";
import { Snapshot } from "./snapshot.ts";
import { prepareArrays } from "./statement.ts";
import { TimeSlice } from "./time_slice.ts";

export interface ReaderOptions extends FilterOptions, CacheOptions {}

/** Most events in such a page: 160 KiB. */
const MOST_IDENTITIES = 4_096;

/**
 * Answers queries step by step. A query is open from its first step until it is done or ended; between
 * steps it holds positions in indexes, no lock and no snapshot.
 */
export class Reader {
  readonly #open = new Map<number, Answer>();
  readonly #slice: TimeSlice;
  readonly #events: EventLoader<string>;
  /** Unset: what is wanted in UTF-8 is encoded each time. */
  readonly #encoded: EventLoader<Uint8Array> | undefined;
  readonly #packer = new Utf8Packer();
  readonly #query: Query;
  readonly #search: SearchQuery;
  readonly #backlog: Backlog;
  readonly #snapshot: Snapshot;
  readonly #recall: Recall;
  readonly #byId: StatementSync;
  readonly #bySeq: StatementSync;
  readonly #nextIds: StatementSync;

  constructor(
    readonly database: DatabaseSync,
    readonly bounds: PageBounds,
    readonly options: ReaderOptions = {},
  ) {
    this.#slice = new TimeSlice(bounds.milliseconds);
    const answers = new Answers(textKey(seedOf(database)));
    const newest = new Newest(database);
    this.#backlog = new Backlog(database, answers, newest);
    this.#snapshot = new Snapshot(database, this.#backlog);
    const { text, utf8 } = eventCaches(options);
    this.#events = new EventLoader(database, AS_TEXT, text);
    this.#encoded = utf8 > 0 ? new EventLoader(database, AS_UTF8, utf8) : undefined;
    this.#query = new Query(database, this.#backlog, newest, this.#events, options, this.#slice);
    this.#search = new SearchQuery(database, this.#events, options, this.#slice);
    this.#recall = new Recall(answers, this.#events, this.#slice, (question) => this.#ask(question));
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
    const events: string[] = [], rows: number[] = [];
    const answer = question && this.#recall.answer(question, this.#events);
    const step = this.#fill(query, now, answer, ample, ({ seq, json }) => {
      events.push(json);
      rows.push(seq);
      return json.length;
    });
    return { events, rows, ...step };
  }

  /** The same in UTF-8. */
  utf8Page(query: number, now: number, question?: Question, { ample = false } = {}): Utf8Page {
    const answer = question && this.#recall.answer(question, this.#encoded ?? this.#events);
    this.#packer.begin();
    const step = this.#fill(query, now, answer, ample, (hit) => this.#packer.add(hit.utf8 ?? hit.json));
    return { events: this.#packer.finish(), ...step };
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

  /** Adds hits to a page until it is full; `add` answers how much one adds to its size. */
  #fill(
    query: number,
    now: number,
    answer: Answer | undefined,
    ample: boolean,
    add: (hit: Hit) => number,
  ): Step {
    const { events: most, size: usual, ampleSize = usual } = this.bounds;
    const full = ample ? ampleSize : usual;
    let events = 0, size = 0;
    return this.#step(query, now, answer, (hit) => {
      size += add(hit);
      return ++events < most && size < full;
    });
  }

  /** Takes hits until `take` says no or the time is used up; answers whether the query is done, and had more. */
  #step(
    query: number,
    now: number,
    answer: Answer | undefined,
    take: (hit: Hit) => boolean,
  ): Step {
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
