import { Batcher } from "../../flow/batcher.ts";
import type { VerifiedEvent } from "../../protocol/event.ts";
import type { Filter } from "../../protocol/filter.ts";
import type { Identities } from "../../protocol/identities.ts";
import { VANISH } from "../../protocol/kind.ts";
import { type CountOptions, Looks } from "../count.ts";
import { Indexing } from "../indexing.ts";
import { inChunks, untilNoneLeft } from "../in_chunks.ts";
import { rankedFirst } from "../ranked.ts";
import type { Records } from "../records.ts";
import type { FindOptions, IdentifyOptions, Repository, SaveOutcome } from "../repository.ts";
import { StorageError } from "../repository.ts";
import { type Vanished, Vanishing } from "../vanishing.ts";
import { KnownIds } from "./known_ids.ts";
import type { Question } from "./question.ts";
import type { IdentityPage, Page, PageBounds, ReaderOptions, Tally } from "./reader.ts";
import type { ReaderMethods } from "./reader_worker.ts";
import { Remote } from "./remote.ts";
import { RemoteVanished } from "./remote_vanished.ts";
import type { SaveAnswer } from "./writer.ts";
import type { WriterMethods } from "./writer_worker.ts";

export interface SqliteOptions extends ReaderOptions {
  /** Threads that answer queries. Default 1. */
  readonly readers?: number;
  /** The time in seconds, for NIP-40. Default: the system's. */
  readonly now?: () => number;
  readonly page?: PageBounds;
  /** Rows that the indexes may lag behind. Default: see Writer. */
  readonly lag?: number;
}

/** Most events in a transaction. They share the pages that they change: 4,096 cost half of what 512 do, each. */
const MOST_SAVES = 4_096;

/** Most ids in a look-up. */
const MOST_LOOKUPS = 1_000;

/** Most events removed in one transaction, so that saving has its turn soon. */
const MOST_REMOVED = 500;

const PAGE: PageBounds = { events: 200, size: 64 * 1024, ampleSize: 160 * 1024, milliseconds: 12 };

type ReaderThread = Remote<ReaderMethods>;

/** Asks for a step of a query; the question, as JSON, goes with the first. */
type Ask<Step> = (reader: ReaderThread, query: number, question?: string) => Promise<Step>;

/** Events in an SQLite database: one thread writes, others read; nothing here waits for the disk. */
export class SqliteRepository implements Repository {
  readonly records: Records = {
    read: () => this.#writer.call("records"),
    write: (version, changes) => this.#writer.call("writeRecords", version, changes),
  };
  readonly #writer: Remote<WriterMethods>;
  readonly #readers: ReaderThread[];
  readonly #now: () => number;
  readonly #saves = new Batcher<string, SaveAnswer>((batch) => this.#save(batch), MOST_SAVES);
  readonly #lookups: Batcher<string, boolean>;
  readonly #vanishing: Vanishing;
  readonly #known = new KnownIds();
  readonly #indexing: Indexing | undefined;
  #learning: Promise<void> | undefined;
  #committing = 0;
  #lastQuery = 0;
  #closed: Promise<void> | undefined;

  /**
   * Opens the database of a data directory; makes both where missing.
   * @throws {StorageError} when another relay has it, or when it is damaged, foreign or from a newer version.
   */
  static async open(directory: string, options: SqliteOptions = {}): Promise<SqliteRepository> {
    const repository = new SqliteRepository(options);
    try {
      await repository.#writer.call("open", directory, options.lag, options.searchKinds);
      for (const reader of repository.#readers) {
        await reader.call("open", directory, options.page ?? PAGE, {
          prefixes: options.prefixes,
          eventCacheBytes: options.eventCacheBytes,
        });
      }
      // While the relay works already. Where that fails, every question goes to the database, which tells what is wrong.
      const ids = (key: number, most: number) => repository.#idsAfter(key, most);
      repository.#learning = repository.#known.learn(ids).catch(() => {});
      return repository;
    } catch (error) {
      await repository.close().catch(() => {}); // what failed first is what the operator should read
      throw error;
    }
  }

  private constructor({ readers = 1, now, searchKinds }: SqliteOptions) {
    if (searchKinds) this.#indexing = new Indexing(() => this.#writer.call("advanceSearch"));
    this.#now = now ?? (() => Math.floor(Date.now() / 1000));
    this.#writer = new Remote(new URL("./writer_worker.ts", import.meta.url), "sqlite writer");
    this.#vanishing = new Vanishing(this, new RemoteVanished(this.#writer));
    const script = new URL("./reader_worker.ts", import.meta.url);
    this.#readers = Array.from({ length: readers }, () => new Remote(script, "sqlite reader"));
    this.#lookups = new Batcher((ids) => this.#leastBusy().call("has", ids), MOST_LOOKUPS, readers);
  }

  get depth(): { reads: number; writes: number } {
    const reads = this.#readers.reduce((sum, { depth }) => sum + depth, this.#lookups.depth);
    return { reads, writes: this.#saves.depth + this.#committing };
  }

  async save({ event, json }: VerifiedEvent): Promise<SaveOutcome> {
    this.#mustBeOpen();
    this.#known.add(event.id);
    const answer = await this.#saves.ask(json);
    this.#indexing?.note();
    if (typeof answer !== "string") throw new StorageError(answer.failure);
    if (event.kind === VANISH) await this.removeVanished();
    return answer;
  }

  async has(id: string): Promise<boolean> {
    this.#mustBeOpen();
    if (this.#known.isComplete && !this.#known.mayHave(id)) return false;
    return await this.#lookups.ask(id);
  }

  find(filters: readonly Filter[], options: FindOptions): AsyncGenerator<string[], void, void> {
    return rankedFirst(filters, options, (each, options) => this.#find(each, options), this.#indexing);
  }

  async *#find(filters: readonly Filter[], options: FindOptions): AsyncGenerator<string[]> {
    const { signal, ample = () => false, onMore, onLast } = options;
    const page: Ask<Page> = async (reader, query, question) => {
      const [done, more, ...events] = await reader.call("page", query, this.#now(), ample(), question);
      return { done, more, events };
    };
    for await (const { events, done, more } of this.#steps(page, { filters, seek: !!onMore }, signal)) {
      if (more) onMore?.();
      if (done) onLast?.();
      yield events;
    }
  }

  identify(
    filters: readonly Filter[],
    { signal, all }: IdentifyOptions,
  ): AsyncGenerator<Identities, void, void> {
    const ask: Ask<IdentityPage> = (reader, query, question) =>
      reader.call("identify", query, all ? -1 : this.#now(), question);
    return this.#steps(ask, { filters }, signal);
  }

  async count(filters: readonly Filter[], { signal, authors, most }: CountOptions): Promise<number> {
    const looked = new Looks(most);
    let total = 0;
    const tally: Ask<Tally> = (reader, query, question) =>
      reader.call("tally", query, this.#now(), authors?.offset, question);
    for await (const { count, looks, registers } of this.#steps(tally, { filters }, signal)) {
      looked.add(looks);
      total += count;
      if (registers) authors?.merge(registers);
    }
    return total;
  }

  async remove(ids: readonly string[]): Promise<number> {
    this.#mustBeOpen();
    return await inChunks(ids, MOST_REMOVED, (chunk) => this.#writer.call("remove", chunk));
  }

  async removeExpired(): Promise<number> {
    this.#mustBeOpen();
    return await untilNoneLeft(MOST_REMOVED, (most) => this.#writer.call("removeExpired", this.#now(), most));
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

  async #idsAfter(key: number, most: number): Promise<Float64Array> {
    this.#mustBeOpen();
    return await this.#readers[0]!.call("idsAfter", key, most);
  }

  async #save(batch: string[]): Promise<SaveAnswer[]> {
    this.#committing = batch.length;
    try {
      return await this.#writer.call("save", batch);
    } finally {
      this.#committing = 0;
    }
  }

  /** Asks one reader for step after step of a query, each when the last has been taken. */
  async *#steps<Step extends Page | IdentityPage | Tally>(
    ask: Ask<Step>,
    question: Question,
    signal: AbortSignal,
  ): AsyncGenerator<Step, void, void> {
    this.#mustBeOpen();
    signal.throwIfAborted();
    const reader = this.#leastBusy();
    const query = ++this.#lastQuery;
    let answer = await ask(reader, query, JSON.stringify(question));
    try {
      while (true) {
        signal.throwIfAborted();
        yield answer;
        if (answer.done) return;
        signal.throwIfAborted();
        answer = await ask(reader, query);
      }
    } finally {
      if (!answer.done && !this.#closed) void reader.call("end", query).catch(() => {});
    }
  }

  #leastBusy(): ReaderThread {
    return this.#readers.reduce((best, reader) => reader.depth < best.depth ? reader : best);
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new StorageError("the database is closed");
  }

  /** Readers first: the last connection to go is the writer's, which empties the write-ahead log. */
  async #close(): Promise<void> {
    try {
      await this.#indexing?.end();
      await this.#learning;
      while (this.#saves.depth + this.#committing > 0) await this.#writer.call("save", []);
      for (const reader of this.#readers) await reader.call("close");
      await this.#writer.call("close");
    } finally {
      for (const thread of [...this.#readers, this.#writer]) thread.terminate();
    }
  }
}
