import type { Filter } from "../protocol/filter.ts";
import { Rejection } from "../protocol/reason.ts";
import { HeldRecords } from "../sync/held_records.ts";
import { respond } from "../sync/reconcile.ts";
import type { Services } from "./session.ts";

/** One comparison with a client (NIP-77): the records that passed its filter when it began. */
export class Exchange implements Disposable {
  readonly #over = new AbortController();
  #records: HeldRecords | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #answering = false;

  constructor(readonly id: string, readonly services: Services) {
    services.sync.exchanges++;
  }

  /** Aborts when the exchange ends. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Reads the records; see HeldRecords for what it throws. */
  async read(filters: readonly Filter[]): Promise<void> {
    const { repository, sync: pool, rules } = this.services;
    const { signal } = this;
    const pages = repository.identify(filters, { signal });
    const records = await HeldRecords.collect(pages, { pool, most: rules.sync.maxEvents }, signal);
    if (signal.aborted) records[Symbol.dispose]();
    signal.throwIfAborted();
    this.#records = records;
  }

  /**
   * Answers a message.
   * @throws {Rejection} `invalid` when the message cannot be read, or when the last one is not answered yet.
   */
  async answer(message: Uint8Array): Promise<Uint8Array> {
    if (this.#answering || !this.#records) {
      throw new Rejection("invalid", "wait for the answer before you send the next message");
    }
    const { sync: pool, rules } = this.services;
    clearTimeout(this.#timer);
    this.#answering = true;
    try {
      return await pool.slices.run(
        respond(this.#records.set, message, rules.sync.maxAnswerBytes),
        this.signal,
      );
    } finally {
      this.#answering = false;
    }
  }

  /** Calls back if the client's next message takes too long. */
  expectMessage(late: () => void): void {
    if (!this.signal.aborted) this.#timer = setTimeout(late, this.services.rules.sync.timeoutSeconds * 1000);
  }

  /** Ends it, whatever it is at, and lets go of its records. */
  [Symbol.dispose](): void {
    if (this.signal.aborted) return;
    this.#over.abort(new Error("the exchange has ended"));
    clearTimeout(this.#timer);
    this.#records?.[Symbol.dispose]();
    this.#records = undefined;
    this.services.sync.exchanges--;
  }
}
