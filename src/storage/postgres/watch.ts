import { setTimeout as sleep } from "node:timers/promises";
import { StorageError } from "../repository.ts";
import { Client, type ClientOptions } from "./client.ts";
import { isLost, isPassing, storageError } from "./fault.ts";

/** Milliseconds from one question to the server to the next. */
const PULSE = 1_000;

/** Milliseconds that it has for the answer, if a statement may take that long. */
const PULSE_LIMIT = 5_000;

/** Milliseconds between attempts to reach a server that is away: at first, and at most. */
const PAUSES = { shortest: 50, longest: 1_000 };

export interface WatchOptions extends ClientOptions {
  /** Done first on each connection; what it throws keeps the server from being used. */
  prepare(client: Client): Promise<void>;
  /** Told when the server can't be used any more, in whole or for writing, and when it can again. */
  changed(): void;
}

/**
 * Knows whether a server can be used. A connection of its own asks the server each second; when that is lost and can't
 * be made again, or no answer comes, the server is away until a connection is made and prepared.
 */
export class Watch {
  readonly #stopped = new AbortController();
  readonly #first = Promise.withResolvers<void>();
  #away: StorageError | undefined = new StorageError("PostgreSQL has not been reached yet");
  #readOnly: StorageError | undefined;
  #running: Promise<void> | undefined;

  constructor(readonly options: WatchOptions) {}

  /** Why nothing can be asked of the server now; the same until that changes. */
  get away(): StorageError | undefined {
    return this.#away;
  }

  /** Why nothing can be written now. */
  get obstacle(): StorageError | undefined {
    return this.#away ?? this.#readOnly;
  }

  /**
   * Begins to watch. Resolves when the server is ready, or is away and will be tried again and again.
   * @throws {StorageError} when the operator must mend something first.
   */
  start(): Promise<void> {
    this.#running = this.#run();
    return this.#first.promise;
  }

  async stop(): Promise<void> {
    this.#stopped.abort(new StorageError("the database is closed"));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    for (let pause = PAUSES.shortest; !signal.aborted;) {
      try {
        await this.#attend(() => pause = PAUSES.shortest);
      } catch (error) {
        if (signal.aborted) break;
        const fault = storageError(error);
        this.#set(fault, undefined);
        if (!isPassing(fault)) this.#first.reject(fault);
        this.#first.resolve();
        pause = Math.min(2 * pause, PAUSES.longest);
      }
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
    this.#first.resolve();
  }

  /** Connects, and asks again and again. Ends when that connection is lost; throws when the server seems to be. */
  async #attend(connected: () => void): Promise<void> {
    const { signal } = this.#stopped;
    const client = await Client.connect(this.options, signal);
    const leave = () => client.destroy(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    try {
      await this.options.prepare(client);
      connected();
      await this.#ask(client, signal);
    } finally {
      signal.removeEventListener("abort", leave);
      client.destroy();
    }
  }

  async #ask(client: Client, signal: AbortSignal): Promise<void> {
    try {
      while (true) {
        const readOnly = await isReadOnly(client, this.#limit);
        this.#set(undefined, readOnly ? this.#readOnly ?? readOnlyError() : undefined);
        this.#first.resolve();
        await sleep(PULSE, undefined, { signal });
      }
    } catch (error) {
      if (!isLost(error)) throw error;
    }
  }

  get #limit(): number {
    const { statementTimeoutSeconds } = this.options;
    return Math.min(PULSE_LIMIT, statementTimeoutSeconds * 1000 || Infinity);
  }

  #set(away: StorageError | undefined, readOnly: StorageError | undefined): void {
    const isNews = away?.explanation !== this.#away?.explanation || !away !== !this.#away ||
      readOnly !== this.#readOnly;
    if (!isNews) return;
    this.#away = away;
    this.#readOnly = readOnly;
    this.options.changed();
  }
}

/** So is a replica, and a server that was set so. */
async function isReadOnly(client: Client, limit: number): Promise<boolean> {
  const text = "SELECT current_setting('transaction_read_only')";
  const [[setting] = []] = await client.run<[string]>({ text, values: [] }, limit);
  return setting === "on";
}

/** As the server puts it when it refuses a change. */
const readOnlyError = (): StorageError =>
  storageError({
    code: "25006",
    message: "it is read-only: a replica, or set so by default_transaction_read_only",
  });
