import { StorageError } from "../repository.ts";
import type { Client, ClientOptions, Statement } from "./client.ts";
import { storageError } from "./fault.ts";
import { Pool } from "./pool.ts";
import { migrate, mustHaveSchema } from "./schema.ts";
import { Watch } from "./watch.ts";

export interface ServerOptions {
  /** URL of the server; unset: the environment's `PG…` variables. */
  readonly connection?: string | undefined;
  /** URL of the primary, where `connection` names a replica. */
  readonly connectionWrite?: string | undefined;
  /** Connections that answer queries; writing has its own. */
  readonly poolSize: number;
  /** After which the server gives up on a statement; 0 is never. */
  readonly statementTimeoutSeconds: number;
  /** Whether to open although the server is away, and go on trying. Default: that is an error. */
  readonly patient?: boolean;
  /** Told once each time that the servers can't be used as they should, and (undefined) when they can again. */
  readonly report?: (fault: StorageError | undefined) => void;
}

/** Connections that write and look up: as many as there are statements at once. */
const WRITERS = 4;

/** Milliseconds that a statement waits for a connection at most, and no longer than a statement may take. */
const PATIENCE = 10_000;

/** The server that is written and the one that is read, mostly the same: their connections, and how they are. */
export class Servers {
  readonly #reading: Pool;
  readonly writing: Pool;
  /** Reads what the replica lacks; the same as `reading` without one. */
  readonly #current: Pool;
  readonly #primary: Watch;
  readonly #replica: Watch | undefined;
  #reported: StorageError | undefined;

  /** @param prepare Done on a new connection to the primary, once its schema is right, before anything else is asked. */
  constructor(readonly options: ServerOptions, prepare: (client: Client) => Promise<void>) {
    const { connection, connectionWrite, poolSize, statementTimeoutSeconds } = options;
    const patience = Math.min(PATIENCE, statementTimeoutSeconds * 1000 || Infinity);
    const replica: ClientOptions = { url: connection, statementTimeoutSeconds };
    const primary = { ...replica, url: connectionWrite ?? connection };
    this.#reading = new Pool({ ...replica, size: poolSize, patience });
    this.writing = new Pool({ ...primary, size: WRITERS, patience });
    this.#current = connectionWrite === undefined
      ? this.#reading
      : new Pool({ ...primary, size: poolSize, patience });
    const changed = () => this.#changed();
    this.#primary = new Watch({
      ...primary,
      prepare: (client) => migrate(client).then(() => prepare(client)),
      changed,
    });
    if (connectionWrite !== undefined) {
      this.#replica = new Watch({ ...replica, prepare: mustHaveSchema, changed });
    }
  }

  /**
   * Connects; makes or migrates the schema.
   * @throws {StorageError} when the operator must mend something, naming the key; also when a server is away, unless
   * `patient`.
   */
  async open(): Promise<void> {
    await withName(
      this.#replica ? "database.connection_write" : "database.connection",
      this.#primary.start(),
    );
    if (this.#replica) await withName("database.connection", this.#replica.start());
    const away = this.#primary.away ?? this.#replica?.away;
    if (away && !this.options.patient) throw away;
  }

  /** What is wrong with them just now. */
  get fault(): StorageError | undefined {
    return this.#primary.obstacle ?? this.#replica?.away;
  }

  /**
   * Reads by a statement.
   * @throws {StorageError} at once when queries can't be answered just now.
   */
  async read<Row>(statement: Statement, signal: AbortSignal, pool = this.#reading): Promise<Row[]> {
    const { away } = pool === this.#reading && this.#replica || this.#primary;
    if (away) throw away;
    return await pool.read<Row>(statement, signal);
  }

  /**
   * The same where nothing may lack up to a `seq`: what was stored before a subscription was opened does not come
   * live any more. So a replica tells how far it is, and the primary is asked when that is not far enough.
   */
  async readUpTo<Row>(seq: number, statement: Statement, signal: AbortSignal): Promise<Row[]> {
    if (!this.#replica) return await this.read(statement, signal);
    const text = `
      SELECT head.seq, answer.* FROM head
        LEFT JOIN (SELECT true, given.* FROM (${statement.text}) AS given) AS answer ON true`;
    const rows = await this.read<[head: string, isRow: string | null, ...unknown[]]>(
      { ...statement, text },
      signal,
    );
    const isEnough = Number(rows[0]?.[0]) >= seq || this.#primary.away; // else nobody can have more
    if (!isEnough) return await this.read(statement, signal, this.#current);
    return rows.filter(([, isRow]) => isRow !== null).map(([, , ...row]) => row as Row);
  }

  /** @throws {StorageError} at once when nobody can tell just now what is stored. */
  mustBeReached(): void {
    if (this.#primary.away) throw this.#primary.away;
  }

  /** @throws {StorageError} at once when nothing can be saved just now. */
  mustBeWritable(): void {
    if (this.#primary.obstacle) throw this.#primary.obstacle;
  }

  /** Takes some seconds at most, wherever the servers are. */
  async close(): Promise<void> {
    const pools = new Set([this.#reading, this.writing, this.#current]);
    await Promise.all([
      this.#primary.stop(),
      this.#replica?.stop(),
      ...[...pools].map((pool) => pool.close()),
    ]);
  }

  #changed(): void {
    const { away: primaryAway } = this.#primary;
    const { away: readingAway } = this.#replica ?? this.#primary;
    if (primaryAway) { for (const pool of [this.writing, this.#current]) pool.drop(primaryAway); }
    if (readingAway) this.#reading.drop(readingAway);
    const { fault } = this;
    if (fault === this.#reported) return;
    this.#reported = fault;
    this.options.report?.(fault);
  }
}

async function withName(key: string, started: Promise<void>): Promise<void> {
  try {
    await started;
  } catch (error) {
    const { message, explanation } = storageError(error);
    throw new StorageError(`${key}: ${message}`, { cause: error, explanation });
  }
}
