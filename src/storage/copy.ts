import { type EncodedEvent, expiresAt, trustStored, type VerifiedEvent } from "../protocol/event.ts";
import { DELETION } from "../protocol/kind.ts";
import type { Records, StoredRecord } from "./records.ts";
import { type Repository, type SaveOutcome, StorageError } from "./repository.ts";

/**
 * Under way at once, at most: two of the largest commits, so that one fills while the other is written, and
 * that an end does not wait long for; and as many pages as memory is to spare for.
 */
const EVENTS = 8_192, PAGES = 128;

/** After so many failures one after the other the target is taken to be broken, not the events. */
const PATIENCE = 100;

/**
 * What became of an event of the source: what the target said, or
 * - `expired` (NIP-40): not offered to the target.
 * - `unreadable`: the source has something that is no event.
 * - `failed`: the target could not save it.
 */
export type Fate = SaveOutcome | "expired" | "unreadable" | "failed";

export interface CopyOptions {
  /** The time in seconds by which events have expired. */
  readonly now: number;
  /** Told, in a sentence, of each event that is unreadable or failed. */
  report(problem: string): void;
}

/**
 * Carries all events of one repository into another, which may hold events already. The end is the same in
 * whatever order they come: at each address the newest wins, and deletion requests are events, which work
 * backwards and forwards. So a copy that broke off is taken up by copying again. Those who have vanished come first:
 * of some there is no request among the events.
 *
 * Open the source with a clock that stands before all time: then it shows its expired events too. Of these
 * only deletion requests are carried, as they go on keeping out what they name.
 */
export class Copy {
  readonly fates: Record<Fate, number> = {
    stored: 0,
    duplicate: 0,
    superseded: 0,
    deleted: 0,
    vanished: 0,
    expired: 0,
    unreadable: 0,
    failed: 0,
  };
  readonly #broken = new AbortController();
  #failuresInARow = 0;

  constructor(readonly source: Repository, readonly target: Repository, readonly options: CopyOptions) {}

  /** Events of the source whose fate is known. */
  get done(): number {
    return Object.values(this.fates).reduce((sum, count) => sum + count, 0);
  }

  /**
   * Ends when every event has met its fate. What was handed to the target is waited for on abort too.
   * @throws {StorageError} when the source fails, or the target again and again; or the signal's reason.
   */
  async run(signal: AbortSignal): Promise<void> {
    await carryRecords(this.source.records, this.target.records);
    for await (const some of this.source.vanished()) {
      signal.throwIfAborted();
      await this.target.vanish(some);
    }
    const halt = AbortSignal.any([signal, this.#broken.signal]);
    const underWay: Promise<unknown>[] = [];
    let read = 0;
    try {
      for await (const page of this.source.find([{}], { signal: halt })) {
        read += page.length;
        underWay.push(Promise.all(page.map((json) => this.#carry(json))));
        while (underWay.length === PAGES || read - this.done > EVENTS) await underWay.shift();
      }
    } finally {
      await Promise.all(underWay);
    }
    this.#broken.signal.throwIfAborted();
  }

  async #carry(json: string): Promise<void> {
    const event = this.#read(json);
    this.fates[event ? await this.#offer(event) : "unreadable"]++;
  }

  #read(json: string): VerifiedEvent | undefined {
    try {
      return trustStored(json);
    } catch (error) {
      this.options.report(`unreadable: ${(error as Error).message}: ${JSON.stringify(json.slice(0, 100))}`);
    }
  }

  async #offer(event: VerifiedEvent): Promise<Fate> {
    try {
      const fate = await this.target.has(event.event.id)
        ? "duplicate"
        : this.#isOver(event)
        ? "expired"
        : await this.target.save(event);
      this.#failuresInARow = 0;
      return fate;
    } catch (error) {
      const { message } = error as Error;
      this.options.report(`not saved: ${message}: event ${event.event.id}`);
      if (++this.#failuresInARow === PATIENCE) {
        this.#broken.abort(new StorageError(`the target takes nothing any more: ${message}`));
      }
      return "failed";
    }
  }

  #isOver({ event }: EncodedEvent): boolean {
    return event.kind !== DELETION && (expiresAt(event) ?? Infinity) <= this.options.now;
  }
}

/** What operators have settled. What they have settled at the target stays as it is. */
async function carryRecords(source: Records, target: Records): Promise<void> {
  const { records } = await source.read();
  const nameOf = ({ kind, key }: StoredRecord) => `${kind} ${key}`;
  while (true) {
    const there = await target.read();
    const known = new Set(there.records.map(nameOf));
    const missing = records.filter((record) => !known.has(nameOf(record)));
    if (missing.length === 0 || await target.write(there.version, missing)) return;
  }
}
