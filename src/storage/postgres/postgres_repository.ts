import type { Sql } from "postgres";
import { Batcher } from "../../flow/batcher.ts";
import { unlessAborted } from "../../flow/unless_aborted.ts";
import type { VerifiedEvent } from "../../protocol/event.ts";
import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import { type FindOptions, type Repository, type SaveOutcome, StorageError } from "../repository.ts";
import { connect } from "./connection.ts";
import { isPassing, storageError } from "./fault.ts";
import { FilterPages, type PageReader } from "./filter_pages.ts";
import { bytes } from "./literal.ts";
import { merge } from "./merge.ts";
import { countStatement, type PageRow, type Statement } from "./page.ts";
import { migrate } from "./schema.ts";
import { Writer } from "./writer.ts";

export interface PostgresOptions extends FilterOptions {
  /** URL of the server; unset: the environment's `PG…` variables. */
  readonly connection?: string | undefined;
  /** URL of the primary, where `connection` names a replica. */
  readonly connectionWrite?: string | undefined;
  /** Connections that answer queries; writing has its own. */
  readonly poolSize: number;
  /** After which the server gives up on a statement; 0 is never. */
  readonly statementTimeoutSeconds: number;
  /** The time in seconds, for NIP-40. Default: the system's. */
  readonly now?: () => number;
  readonly page?: { readonly events: number; readonly bytes: number };
}

/** Most events in a transaction. */
const MOST_SAVES = 512;

/** Most ids in a look-up. */
const MOST_LOOKUPS = 1_000;

/** Connections that write and look up: as many as there are statements at once. */
const WRITERS = 4;

/** Most expired events removed in one transaction, so that saving has its turn soon. */
const SWEEP = 500;

/** Of a query; its filters share it. */
const PAGE = { events: 300, bytes: 256 * 1024 };

/** Events in a PostgreSQL database, which several relays may share. */
export class PostgresRepository implements Repository {
  readonly #read: Sql;
  readonly #write: Sql;
  readonly #writer: Writer;
  readonly #now: () => number;
  readonly #saves = new Batcher<VerifiedEvent, SaveOutcome | StorageError>(
    (batch) => this.#save(batch),
    MOST_SAVES,
  );
  readonly #lookups = new Batcher<string, boolean>((ids) => this.#look(ids), MOST_LOOKUPS, 2);
  #reads = 0;
  #committing = 0;
  #closed: Promise<void> | undefined;

  /**
   * Connects; makes or migrates the schema.
   * @throws {StorageError} when the server can't be reached, or its database can't be used.
   */
  static async open(options: PostgresOptions): Promise<PostgresRepository> {
    const repository = new PostgresRepository(options);
    try {
      await migrate(repository.#write);
      return repository;
    } catch (error) {
      await repository.close();
      throw storageError(error);
    }
  }

  private constructor(readonly options: PostgresOptions) {
    const { connection, connectionWrite = connection, poolSize, statementTimeoutSeconds } = options;
    this.#now = options.now ?? (() => Math.floor(Date.now() / 1000));
    this.#read = connect(connection, { size: poolSize, statementTimeoutSeconds, pipelined: false });
    this.#write = connect(connectionWrite, { size: WRITERS, statementTimeoutSeconds, pipelined: true });
    this.#writer = new Writer(this.#write, "longneck", crypto.randomUUID());
  }

  get problem(): string | undefined {
    return undefined;
  }

  get depth(): { reads: number; writes: number } {
    return { reads: this.#reads + this.#lookups.depth, writes: this.#saves.depth + this.#committing };
  }

  async save(event: VerifiedEvent): Promise<SaveOutcome> {
    this.#mustBeOpen();
    const outcome = await this.#saves.ask(event);
    if (outcome instanceof StorageError) throw outcome;
    return outcome;
  }

  async has(id: string): Promise<boolean> {
    this.#mustBeOpen();
    return await this.#lookups.ask(id);
  }

  async *find(filters: readonly Filter[], { signal }: FindOptions): AsyncGenerator<string[], void, void> {
    this.#mustBeOpen();
    const reader: PageReader = {
      ...this.options,
      now: this.#now,
      run: (statement) => this.#query<PageRow>(statement, signal),
    };
    const { events, bytes } = this.options.page ?? PAGE;
    const most = { events, bytes: Math.ceil(bytes / filters.length) };
    const answers = filters.map((filter) => new FilterPages(filter, most, reader));
    for await (const page of merge(answers)) {
      yield page.map(({ json }) => json);
      signal.throwIfAborted();
    }
  }

  async count(filters: readonly Filter[], { signal }: FindOptions): Promise<number> {
    this.#mustBeOpen();
    const statement = countStatement(filters, this.#now(), this.options);
    signal.throwIfAborted();
    if (!statement) return 0;
    const [[count] = ["0"]] = await this.#query<[string]>(statement, signal);
    return Number(count);
  }

  async removeExpired(): Promise<number> {
    this.#mustBeOpen();
    let total = 0;
    while (true) {
      const removed = await this.#writer.removeExpired(this.#now(), SWEEP).catch((error) => {
        throw storageError(error);
      });
      total += removed;
      if (removed < SWEEP) return total;
    }
  }

  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  /** Once more if the connection is lost: what had been committed is then known to be there. */
  async #save(batch: VerifiedEvent[]): Promise<(SaveOutcome | StorageError)[]> {
    this.#committing = batch.length;
    try {
      try {
        return [...(await this.#writer.save(batch)).outcomes];
      } catch (error) {
        if (!isPassing(error)) throw error;
        const { outcomes } = await this.#writer.save(batch);
        // Nobody was told yet that it is stored; `has` said a moment ago that it was not.
        return outcomes.map((outcome) => outcome === "duplicate" ? "stored" : outcome);
      }
    } catch (error) {
      if (isPassing(error) || batch.length === 1) return batch.map(() => storageError(error));
      const half = batch.length >> 1; // one bad event must not fail the others
      return [...await this.#save(batch.slice(0, half)), ...await this.#save(batch.slice(half))];
    } finally {
      this.#committing = 0;
    }
  }

  async #look(ids: string[]): Promise<boolean[]> {
    const rows = await this.#run<[string]>(this.#write, { text: STORED, values: [bytes(ids)] });
    const stored = new Set(rows.map(([id]) => id));
    return ids.map((id) => stored.has(id));
  }

  async #query<Row>(statement: Statement, signal: AbortSignal): Promise<Row[]> {
    signal.throwIfAborted();
    this.#reads++;
    try {
      return await unlessAborted(this.#run<Row>(this.#read, statement), signal);
    } finally {
      this.#reads--;
    }
  }

  async #run<Row>(sql: Sql, { text, values }: Statement): Promise<Row[]> {
    try {
      return await sql.unsafe(text, [...values], { prepare: true }).values() as unknown as Row[];
    } catch (error) {
      throw storageError(error);
    }
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new StorageError("the database is closed");
  }

  async #close(): Promise<void> {
    await Promise.all([this.#read.end(), this.#write.end()]);
  }
}

const STORED = "SELECT encode(id, 'hex') FROM event WHERE id = ANY ($1::bytea[])";
