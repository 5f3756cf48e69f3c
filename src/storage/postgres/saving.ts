import { Batcher } from "../../flow/batcher.ts";
import { Deadline } from "../../flow/deadline.ts";
import { unlessAborted } from "../../flow/unless_aborted.ts";
import type { VerifiedEvent } from "../../protocol/event.ts";
import { type SaveOutcome, StorageError } from "../repository.ts";
import { isAway, isOfTheEvent, storageError } from "./fault.ts";
import type { Writer } from "./writer.ts";

/** Most events in a transaction. */
const MOST_SAVES = 512;

/** Milliseconds for which a commit that failed is spoken of. */
const FAULT_SHOWN = 10_000;

/** Milliseconds for saves under way at closing. */
const CLOSING = 2_000;

/** Saves together what has come while the last commit was under way; no bad event keeps others back. */
export class Saving {
  readonly #batches = new Batcher<VerifiedEvent, SaveOutcome | StorageError>(
    (batch) => this.#save(batch),
    MOST_SAVES,
  );
  #committing = 0;
  readonly #drained = Promise.withResolvers<void>();
  #lastFault: { readonly fault: StorageError; readonly at: number } | undefined;

  constructor(readonly writer: Writer) {}

  /** Events that wait for their commit. */
  get depth(): number {
    return this.#batches.depth + this.#committing;
  }

  /** Why the last commit failed, for a while: only the next can tell whether that is over. */
  get fault(): StorageError | undefined {
    const { fault, at } = this.#lastFault ?? { at: -Infinity };
    return performance.now() - at < FAULT_SHOWN ? fault : undefined;
  }

  /** @throws {StorageError} */
  async save(event: VerifiedEvent): Promise<SaveOutcome> {
    const outcome = await this.#batches.ask(event);
    if (outcome instanceof StorageError) throw outcome;
    return outcome;
  }

  /** Waits for what is under way, some seconds at most. */
  async end(): Promise<void> {
    using deadline = new Deadline(CLOSING, () => new StorageError("saving took too long"));
    if (this.depth === 0) this.#drained.resolve();
    await unlessAborted(this.#drained.promise, deadline.signal).catch(() => {});
  }

  async #save(batch: VerifiedEvent[]): Promise<(SaveOutcome | StorageError)[]> {
    this.#committing = batch.length;
    try {
      return await this.#commit(batch);
    } finally {
      this.#committing = 0;
      if (this.#batches.depth === 0) this.#drained.resolve();
    }
  }

  async #commit(batch: readonly VerifiedEvent[]): Promise<(SaveOutcome | StorageError)[]> {
    try {
      const outcomes = await this.writer.save(batch);
      this.#lastFault = undefined;
      return outcomes;
    } catch (error) {
      const fault = storageError(error);
      if (isOfTheEvent(fault) && batch.length > 1) {
        const half = batch.length >> 1; // one bad event must not fail the others
        return [...await this.#commit(batch.slice(0, half)), ...await this.#commit(batch.slice(half))];
      }
      if (!isOfTheEvent(fault) && !isAway(fault)) this.#lastFault = { fault, at: performance.now() };
      return batch.map(() => fault);
    }
  }
}
