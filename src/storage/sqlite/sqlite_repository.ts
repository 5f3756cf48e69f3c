import { Batcher } from "../../flow/batcher.ts";
import type { VerifiedEvent } from "../../protocol/event.ts";
import type { Filter } from "../../protocol/filter.ts";
import type { Identities } from "../../protocol/identities.ts";
import { VANISH } from "../../protocol/kind.ts";
import type { StoredTexts } from "../../protocol/utf8_texts.ts";
import { type CountOptions, Looks } from "../count.ts";
import { Indexing } from "../indexing.ts";
import { inChunks, untilNoneLeft } from "../in_chunks.ts";
import { rankedFirst } from "../ranked.ts";
import type { Records } from "../records.ts";
import type { FindOptions, IdentifyOptions, Repository, SaveOutcome } from "../repository.ts";
import { StorageError } from "../repository.ts";
import { type Vanished, Vanishing } from "../vanishing.ts";
import { KnownIds } from "./known_ids.ts";
import type { IdentityPage, PageBounds, Tally, TextPage, Utf8Page } from "./pages.ts";
import type { ReaderOptions } from "./reader.ts";
import { type Ask, type Asked, Readers, type ReaderThread } from "./readers.ts";
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

/**
 * An ample page has room for 200 articles, the largest of common answers: each page more would take as long again. In
 * events it is bounded by a number that is no usual limit: a page that is full does not know that it is the last.
 */
export const PAGE: PageBounds = { events: 1_024, size: 64 * 1024, ampleSize: 1024 * 1024, milliseconds: 12 };

/** Calls that wait for the readers while pages may be ample: so many of them may come before any client has read one. */
const FEW_WAIT = 256;

/** An event to be saved. */
interface Offer {
  readonly json: string;
  /** Whether its id is new for certain. */
  readonly isNew: boolean;
}

/** Events in an SQLite database: one thread writes, others read; nothing here waits for the disk. */
export class SqliteRepository implements Repository {
  readonly records: Records = {
    read: () => this.#writer.call("records"),
    write: (version, changes) => this.#writer.call("writeRecords", version, changes),
  };
  readonly #writer: Remote<WriterMethods>;
  readonly #readers: Readers;
  readonly #now: () => number;
  readonly #saves = new Batcher<Offer, SaveAnswer>((batch) => this.#save(batch), MOST_SAVES);
  readonly #lookups: Batcher<string, boolean>;
  readonly #vanishing: Vanishing;
  readonly #known = new KnownIds();
  readonly #indexing: Indexing | undefined;
  #learning: Promise<void> | undefined;
  #committing = 0;
  #closed: Promise<void> | undefined;

  /**
   * Opens the database of a data directory; makes both where missing.
   * @throws {StorageError} when another relay has it, or when it is damaged, foreign or from a newer version.
   */
  static async open(directory: string, options: SqliteOptions = {}): Promise<SqliteRepository> {
    const repository = new SqliteRepository(options);
    try {
      await repository.#writer.call("open", directory, options.lag, options.searchKinds);
      const { prefixes, eventCacheBytes, utf8 } = options;
      await repository.#readers.open(directory, options.page ?? PAGE, { prefixes, eventCacheBytes, utf8 });
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
    this.#readers = new Readers(readers);
    this.#lookups = new Batcher((ids) => this.#readers.leastBusy.call("has", ids), MOST_LOOKUPS, readers);
  }

  get depth(): { reads: number; writes: number } {
    return { reads: this.#readers.depth + this.#lookups.depth, writes: this.#saves.depth + this.#committing };
  }

  async save({ event, json }: VerifiedEvent): Promise<SaveOutcome> {
    this.#mustBeOpen();
    const answer = await this.#saves.ask({ json, isNew: this.#known.add(event.id) });
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

  findEncoded(filters: readonly Filter[], options: FindOptions): AsyncGenerator<StoredTexts, void, void> {
    if (filters.some(({ search }) => search)) return this.find(filters, options); // which looks at what it ranks
    return this.#pages(filters, options, (reader, ...asked) => reader.utf8Page(...asked));
  }

  #find(filters: readonly Filter[], options: FindOptions): AsyncGenerator<string[], void, void> {
    return this.#pages(filters, options, (reader, ...asked) => reader.page(...asked));
  }

  #pages<Each extends TextPage | Utf8Page>(
    filters: readonly Filter[],
    { signal, ample, onMore, onLast }: FindOptions,
    read: (reader: ReaderThread, ...asked: Asked) => Promise<Each>,
  ): AsyncGenerator<Each["events"], void, void> {
    const ask: Ask<Each> = async (reader, query, question) => {
      const plenty = this.#readers.depth < FEW_WAIT && ample?.() === true;
      const page = await read(reader, query, this.#now(), plenty, question);
      if (page.more) onMore?.();
      if (page.done) onLast?.();
      return page;
    };
    return this.#readers.steps(ask, ({ events }) => events, { filters, seek: !!onMore }, signal);
  }

  identify(
    filters: readonly Filter[],
    { signal, all }: IdentifyOptions,
  ): AsyncGenerator<Identities, void, void> {
    const ask: Ask<IdentityPage> = (reader, query, question) =>
      reader.call("identify", query, all ? -1 : this.#now(), question);
    return this.#readers.steps(ask, whole, { filters }, signal);
  }

  async count(filters: readonly Filter[], { signal, authors, most }: CountOptions): Promise<number> {
    const looked = new Looks(most);
    let total = 0;
    const tally: Ask<Tally> = (reader, query, question) =>
      reader.call("tally", query, this.#now(), authors?.offset, question);
    for await (const { count, looks, registers } of this.#readers.steps(tally, whole, { filters }, signal)) {
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
    this.#readers.shut();
    return this.#closed ??= this.#close();
  }

  async #idsAfter(key: number, most: number): Promise<Float64Array> {
    this.#mustBeOpen();
    return await this.#readers.leastBusy.call("idsAfter", key, most);
  }

  async #save(batch: Offer[]): Promise<SaveAnswer[]> {
    this.#committing = batch.length;
    try {
      const news = batch.map(({ isNew }) => isNew ? "1" : "0").join("");
      return await this.#writer.call("save", news, ...batch.map(({ json }) => json));
    } finally {
      this.#committing = 0;
    }
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new StorageError("the database is closed");
  }

  /** Readers first: the last connection to go is the writer's, which empties the write-ahead log. */
  async #close(): Promise<void> {
    try {
      await this.#indexing?.end();
      await this.#learning;
      while (this.#saves.depth + this.#committing > 0) await this.#writer.call("save", "");
      await this.#readers.close();
      await this.#writer.call("close");
    } finally {
      this.#readers.terminate();
      this.#writer.terminate();
    }
  }
}

const whole = <Step>(step: Step): Step => step;
