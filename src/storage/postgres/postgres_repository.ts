import { Batcher } from "../../flow/batcher.ts";
import type { VerifiedEvent } from "../../protocol/event.ts";
import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import { type Identities, packIdentities } from "../../protocol/identities.ts";
import { VANISH } from "../../protocol/kind.ts";
import { type CountOptions, Looks } from "../count.ts";
import { inChunks, untilNoneLeft } from "../in_chunks.ts";
import { Indexing } from "../indexing.ts";
import { rankedFirst } from "../ranked.ts";
import type { FindOptions, IdentifyOptions, Repository, SaveOutcome } from "../repository.ts";
import { StorageError } from "../repository.ts";
import { type Vanished, Vanishing } from "../vanishing.ts";
import { answer, type AnswerReader } from "./answer.ts";
import { AnswerMemory } from "./answer_memory.ts";
import { type CountRow, countStatement, takeRegisters } from "./count.ts";
import { EventLoader } from "./event_loader.ts";
import { FilterPages, type FilterReader } from "./filter_pages.ts";
import type { Rhythm } from "./listener.ts";
import { bytes } from "./literal.ts";
import { merge } from "./merge.ts";
import type { PageRow } from "./page.ts";
import { PostgresBus } from "./postgres_bus.ts";
import { RecordTable } from "./record_table.ts";
import { Saving } from "./saving.ts";
import { searchPages } from "./search.ts";
import { SearchIndex } from "./search_index.ts";
import { type ServerOptions, Servers } from "./servers.ts";
import { VanishedTable } from "./vanished_table.ts";
import { Writer } from "./writer.ts";

export interface PostgresOptions extends ServerOptions, FilterOptions {
  /** The time in seconds, for NIP-40. Default: the system's. */
  readonly now?: () => number;
  readonly page?: { readonly events: number; readonly bytes: number };
  /** See EventLoader. */
  readonly eventCacheBytes?: number | undefined;
  /** How often the connection that listens to other instances is asked for a sign of life. */
  readonly rhythm?: Rhythm;
}

/** Most ids in a look-up. */
const MOST_LOOKUPS = 1_000;

/** Most events removed in one transaction, so that saving has its turn soon. */
const MOST_REMOVED = 500;

/** Events that a filter names in one statement, and bytes of JSON that are given together. */
const PAGE = { events: 300, bytes: 256 * 1024 };

/** Events named in one statement where nothing but times and ids is wanted. */
const MOST_IDENTITIES = 2_000;

/** Events in a PostgreSQL database, which several relays may share. */
export class PostgresRepository implements Repository {
  readonly bus: PostgresBus;
  readonly records: RecordTable;
  readonly #servers: Servers;
  readonly #events: EventLoader;
  readonly #answers = new AnswerMemory();
  readonly #writer: Writer;
  readonly #vanishing: Vanishing;
  readonly #now: () => number;
  readonly #saving: Saving;
  /** One at a time, so that versions of an event, published one after the other, are saved in that order. */
  readonly #lookups = new Batcher<string, boolean>((ids) => this.#look(ids), MOST_LOOKUPS);
  readonly #indexing: Indexing | undefined;
  #reads = 0;
  #closed: Promise<void> | undefined;

  /**
   * Connects; makes or migrates the schema.
   * @throws {StorageError} see Servers.
   */
  static async open(options: PostgresOptions): Promise<PostgresRepository> {
    const repository = new PostgresRepository(options);
    try {
      await repository.#servers.open();
      return repository;
    } catch (error) {
      await repository.close();
      throw error;
    }
  }

  private constructor(readonly options: PostgresOptions) {
    this.#now = options.now ?? (() => Math.floor(Date.now() / 1000));
    this.#events = new EventLoader(options.eventCacheBytes);
    this.#servers = new Servers(options, (client) => this.bus.begin(client));
    const instance = crypto.randomUUID();
    this.bus = new PostgresBus(this.#servers.writing, instance, this.#answers, options.rhythm);
    this.records = new RecordTable(this.#servers.writing);
    this.#writer = new Writer(this.#servers.writing, instance, this.bus.feed, this.#events, this.#answers);
    this.#saving = new Saving(this.#writer);
    this.#vanishing = new Vanishing(this, new VanishedTable(this.#servers, this.#writer));
    if (!options.searchKinds) return;
    const index = new SearchIndex(this.#servers.writing, options.searchKinds);
    // While the primary is away, a search goes by what the index has.
    this.#indexing = new Indexing(async () => !this.#servers.fault && await index.advance());
  }

  get problem(): string | undefined {
    const fault = this.#servers.fault ?? this.#saving.fault;
    return fault && (fault.explanation ?? "the store failed");
  }

  get depth(): { reads: number; writes: number } {
    return { reads: this.#reads + this.#lookups.depth, writes: this.#saving.depth };
  }

  async save(event: VerifiedEvent): Promise<SaveOutcome> {
    this.#mustBeWritable();
    const outcome = await this.#saving.save(event);
    this.#indexing?.note();
    if (event.event.kind === VANISH) await this.removeVanished();
    return outcome;
  }

  async has(id: string): Promise<boolean> {
    this.#mustBeOpen();
    this.#servers.mustBeReached();
    return await this.#lookups.ask(id);
  }

  find(filters: readonly Filter[], options: FindOptions): AsyncGenerator<string[], void, void> {
    return rankedFirst(filters, options, (each, options) => this.#find(each, options), this.#indexing);
  }

  #find(filters: readonly Filter[], options: FindOptions): AsyncGenerator<string[], void, void> {
    this.#mustBeOpen();
    const { signal } = options, { feed } = this.bus, { known } = feed, [first] = filters;
    const reader: AnswerReader = {
      ...this.options,
      now: this.#now,
      events: this.#events,
      answers: this.bus.isUpToDate && !this.#servers.fault ? this.#answers : undefined,
      page: this.options.page ?? PAGE,
      run: (statement) => this.#asked(this.#servers.readUpTo(known, statement, signal)),
      found: (id, seq) => feed.found(id, seq),
    };
    if (first?.search) return searchPages(first, first.search, options, reader);
    return answer(filters, options, reader);
  }

  async *identify(
    filters: readonly Filter[],
    { signal, all }: IdentifyOptions,
  ): AsyncGenerator<Identities, void, void> {
    this.#mustBeOpen();
    const pool = all ? this.#servers.writing : undefined;
    const reader: FilterReader = {
      ...this.options,
      now: all ? () => -1 : this.#now,
      seek: false,
      run: (statement) => this.#asked(this.#servers.read<PageRow>(statement, signal, pool)),
    };
    const answers = filters.map((filter) => new FilterPages(filter, MOST_IDENTITIES, reader));
    for await (const page of merge(answers)) {
      yield packIdentities(page.map(({ past, id }) => ({ createdAt: 0 - past, id })));
      signal.throwIfAborted();
    }
  }

  async count(filters: readonly Filter[], { signal, authors, most }: CountOptions): Promise<number> {
    this.#mustBeOpen();
    const options = { ...this.options, offset: authors?.offset, most };
    const statement = countStatement(filters, this.#now(), options);
    signal.throwIfAborted();
    if (!statement) return 0;
    const [row] = await this.#asked(
      this.#servers.readUpTo<CountRow>(this.bus.feed.known, statement, signal),
    );
    const [looked, passed, registers] = row!;
    new Looks(most).add(Number(looked));
    if (authors) takeRegisters(registers, authors);
    return Number(passed);
  }

  async remove(ids: readonly string[]): Promise<number> {
    this.#mustBeWritable();
    return await inChunks(ids, MOST_REMOVED, (chunk) => this.#writer.remove(chunk));
  }

  async removeExpired(): Promise<number> {
    this.#mustBeWritable();
    return await untilNoneLeft(MOST_REMOVED, (most) => this.#writer.removeExpired(this.#now(), most));
  }

  removeVanished(): Promise<void> {
    return this.#vanishing.run();
  }

  vanish(who: readonly Vanished[]): Promise<void> {
    return this.#vanishing.follow(who);
  }

  vanished(): AsyncGenerator<readonly Vanished[], void, void> {
    return this.#vanishing.everybody();
  }

  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #look(ids: string[]): Promise<boolean[]> {
    const statement = { text: STORED, values: [bytes(ids)] };
    const rows = await this.#servers.writing.read<[string]>(statement);
    const stored = new Set(rows.map(([id]) => id));
    return ids.map((id) => stored.has(id));
  }

  async #asked<Rows>(answer: Promise<Rows>): Promise<Rows> {
    this.#reads++;
    try {
      return await answer;
    } finally {
      this.#reads--;
    }
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new StorageError("the database is closed");
  }

  #mustBeWritable(): void {
    this.#mustBeOpen();
    this.#servers.mustBeWritable();
  }

  async #close(): Promise<void> {
    await this.#indexing?.end();
    await this.#saving.end();
    await this.bus.close();
    await this.#servers.close();
  }
}

const STORED = "SELECT encode(id, 'hex') FROM event WHERE id = ANY ($1::bytea[])";
