import { setTimeout as sleep } from "node:timers/promises";
import { Client, type ClientOptions } from "./client.ts";
import { storageError } from "./fault.ts";

/**
 * SQL for the channel of all instances that share a schema; those of another schema of the database don't hear
 * it. Hashed, as a channel's name may be no longer than a schema's.
 */
export const CHANNEL = "'longneck_' || md5(current_schema())";

/** Milliseconds between attempts to connect, at least and at most. */
const [SHORTEST_PAUSE, LONGEST_PAUSE] = [50, 1_000];

/** Beats after the last that was answered for which nothing is taken to be missed. */
const ALERT_BEATS = 1.5;

export interface Rhythm {
  /** Milliseconds between beats. Default 5,000. */
  readonly beat?: number;
  /** Milliseconds after which a connection that does not answer is given up. Default 10,000. */
  readonly patience?: number;
  /** Milliseconds between clearings of what all have had time to fetch. Default 60,000; beats must be closer. */
  readonly clearing?: number;
}

export interface ListenerOptions extends ClientOptions {
  readonly rhythm: Rhythm;
  hear(notification: string): void;
  /** Called with each beat: asks for all that may have been told while nobody listened, within so many milliseconds. */
  ask(client: Client, limit: number): Promise<void>;
  /** Told once of each time without a connection. */
  failed(error: unknown): void;
}

/**
 * Listens on a connection of its own, and makes another when that is lost or gives no answer: a network that has
 * gone dead brings no notifications either, and tells nobody.
 */
export class Listener {
  #listening = false;
  #answeredAt = 0;
  readonly #closed = new AbortController();
  #running: Promise<void> | undefined;

  constructor(readonly options: ListenerOptions) {}

  /** Whether it hears at this moment, as far as is known. */
  get listening(): boolean {
    return this.#listening;
  }

  /** Whether the last beat was not long ago: else something may have been told and not heard. */
  get isAlert(): boolean {
    return this.#listening && performance.now() - this.#answeredAt < ALERT_BEATS * this.#beat;
  }

  get #beat(): number {
    return this.options.rhythm.beat ?? 5_000;
  }

  /** Resolves when it listens, or after the first attempt has failed; it goes on trying then. */
  start(): Promise<void> {
    return new Promise((resolve) => this.#running = this.#run(resolve));
  }

  async close(): Promise<void> {
    this.#closed.abort(new Error("the listener is closed"));
    await this.#running;
  }

  async #run(tried: () => void): Promise<void> {
    const { signal } = this.#closed;
    let pause = 0;
    while (!signal.aborted) {
      try {
        await this.#listen(signal, () => {
          this.#listening = true;
          this.#answeredAt = performance.now();
          pause = 0;
          tried();
        });
      } catch (error) {
        if (pause === 0 && !signal.aborted) this.options.failed(storageError(error));
        pause = Math.min(LONGEST_PAUSE, Math.max(SHORTEST_PAUSE, 2 * pause));
        this.#listening = false;
        tried();
      }
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
  }

  /** Ends only by failing. */
  async #listen(signal: AbortSignal, succeeded: () => void): Promise<void> {
    const { hear, ask, rhythm: { patience = 10_000 } } = this.options;
    const client = await Client.connect({ ...this.options, onNotify: hear }, signal);
    const end = new AbortController();
    const leave = () => client.destroy();
    client.onEnd = () => end.abort();
    signal.addEventListener("abort", leave, { once: true });
    try {
      await client.run({ text: LISTEN, values: [] }, patience);
      while (true) {
        await ask(client, patience);
        succeeded();
        await sleep(this.#beat, undefined, { signal: end.signal }).catch(() => {});
      }
    } finally {
      signal.removeEventListener("abort", leave);
      client.destroy();
    }
  }
}

const LISTEN = `DO $$ BEGIN EXECUTE format('LISTEN %I', ${CHANNEL}); END $$`;
