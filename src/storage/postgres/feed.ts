import { setTimeout as sleep } from "node:timers/promises";
import type { VerifiedEvent } from "../../protocol/event.ts";
import type { Receiver } from "../bus.ts";

/** Events of one commit, or of a part of many: those with `after` < seq ≤ `upTo`, so far as they are still stored. */
export interface Stretch {
  readonly after: number;
  readonly upTo: number;
  readonly events: readonly VerifiedEvent[];
}

/** Reads what is stored with `after` < seq ≤ `upTo`, or its beginning. */
export type ReadStretch = (after: number, upTo: number) => Promise<Stretch>;

/** JSON of own commits that is kept until their turn comes; beyond it they are read again. In characters. */
const MOST_KEPT = 8 * 1024 * 1024;

/**
 * Gives the receiver what all instances store, in the order of `seq`. Whoever hears how far the commits go,
 * by whatever way, announces it here; what is missing up to there is read. So nothing depends on a certain
 * announcement, and none can make an event come twice: all there is to know is how far the receiver is.
 *
 * Own commits are announced with their events, which need not be read then unless others were faster.
 */
export class Feed {
  /** The last `seq` that the receiver has been given or spared; undefined before the first announcement. */
  #passed: number | undefined;
  #known = 0;
  #receiver: Receiver | undefined;
  /** By the `seq` before them. */
  readonly #own = new Map<number, Stretch>();
  #ownSize = 0;
  /** Found by queries beyond `#passed`, with their `seq`: no more than there are events still to be given. */
  readonly #found = new Map<string, number>();
  readonly #closing = new AbortController();
  #running = false;
  #read = 0;

  /** @param pause Milliseconds before a read that failed is tried again. Default 500. */
  constructor(readonly readStretch: ReadStretch, readonly pause = 500) {}

  /** The highest `seq` that is known to be committed; 0 without a receiver. */
  get known(): number {
    return this.#known;
  }

  get behind(): number {
    return this.#known - (this.#passed ?? this.#known);
  }

  /** Events read, not counting what own commits brought along. */
  get eventsRead(): number {
    return this.#read;
  }

  readonly mayCome = (id: string): boolean => this.#found.size > 0 && this.#found.has(id);

  /** Begins with what is announced from now on. */
  start(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  /** Commits go as far as this at least. */
  announce(upTo: number): void {
    if (!this.#receiver) return;
    this.#passed ??= upTo;
    this.#known = Math.max(this.#known, upTo);
    if (!this.#running && this.behind > 0) void this.#run(this.#receiver);
  }

  /**
   * What was known to be committed is no more: the database was restored, or a replica that lacked the last of it
   * has become the primary. What it numbers anew from here on is news.
   */
  goBack(head: number): void {
    this.#known = this.#passed = head;
    this.#forget(Infinity);
  }

  /** This instance has committed. */
  committed(stretch: Stretch): void {
    if (!this.#receiver) return;
    this.#passed ??= stretch.after;
    if (stretch.after >= this.#passed && this.#ownSize < MOST_KEPT) {
      this.#own.set(stretch.after, stretch);
      this.#ownSize += sizeOf(stretch);
    }
    this.announce(stretch.upTo);
  }

  /** A query has found an event: if the receiver has yet to be given it, that is remembered. */
  found(id: string, seq: number): void {
    if (!this.#receiver) return;
    this.announce(seq);
    if (seq > this.#passed!) this.#found.set(id, seq);
  }

  close(): void {
    this.#closing.abort(new Error("the feed is closed"));
  }

  async #run(receiver: Receiver): Promise<void> {
    this.#running = true;
    try {
      while (this.behind > 0) {
        const after = this.#passed!;
        const { events, upTo } = await this.#next(after, receiver);
        if (events.length > 0) await receiver.deliver(events);
        if (this.#passed !== after) continue; // gone back meanwhile
        this.#passed = upTo;
        this.#forget(upTo);
      }
      this.#running = false;
    } catch {
      // The receiver or the feed has come to its end: it counts as running, so that nothing starts it again.
    }
  }

  async #next(after: number, receiver: Receiver): Promise<Stretch> {
    if (!receiver.wanted()) return { after, upTo: this.#known, events: [] };
    const own = this.#own.get(after);
    if (own) return own;
    let upTo = this.#known;
    for (const start of this.#own.keys()) if (start > after) upTo = Math.min(upTo, start);
    const stretch = await this.#readUntilItWorks(after, upTo, receiver);
    this.#read += stretch.events.length;
    return stretch;
  }

  async #readUntilItWorks(after: number, upTo: number, receiver: Receiver): Promise<Stretch> {
    for (let tries = 1;; tries++) {
      this.#closing.signal.throwIfAborted();
      try {
        return await this.readStretch(after, upTo);
      } catch (error) {
        if (tries === 1) receiver.failed(error);
        await sleep(this.pause, undefined, { signal: this.#closing.signal });
      }
    }
  }

  #forget(upTo: number): void {
    for (const [id, seq] of this.#found) if (seq <= upTo) this.#found.delete(id);
    for (const [start, stretch] of this.#own) {
      if (start >= upTo) continue;
      this.#own.delete(start);
      this.#ownSize -= sizeOf(stretch);
    }
  }
}

const sizeOf = ({ events }: Stretch): number => events.reduce((sum, { json }) => sum + json.length, 0);
