import { setTimeout as sleep } from "node:timers/promises";
import type { Filter } from "../protocol/filter.ts";
import { type Direction, Levelling, type Local } from "./levelling.ts";
import type { SyncPool } from "./pool.ts";
import { RemoteRelay } from "./remote_relay.ts";

/** Seconds after a first failure; they double with every further one, up to the interval. */
const FIRST_DELAY = 5;

/** Live events under way; what comes beyond is left to the next comparison. */
const MOST_LIVE = 1_000;

/** Ids that one of the sides has refused and that are not offered again; the oldest are forgotten. */
const MOST_REFUSED = 50_000;

export interface MirrorOptions {
  readonly url: string;
  readonly filter: Filter;
  /** The filter as the other relay reads it. */
  readonly asSent: Readonly<Record<string, unknown>>;
  readonly direction: Direction;
  /** Seconds between two comparisons. */
  readonly intervalSeconds: number;
  readonly pool: SyncPool;
  /** Records of ours that one comparison may hold. */
  readonly most: number;
  /** See LevellingOptions. */
  readonly privateKinds: readonly number[];
}

/** What a mirror reports. */
export interface MirrorObserver {
  levelled(url: string, levelling: Levelling): void;
  /** It tries again after so many seconds. */
  failed(url: string, error: unknown, seconds: number): void;
}

/** Keeps us level with another relay: compares now and then, and takes what it publishes meanwhile. */
export class Mirror {
  connected = false;
  readonly #refused = new Set<string>();
  #live = 0;

  constructor(readonly options: MirrorOptions, readonly local: Local, readonly observer: MirrorObserver) {}

  /** Resolves after the signal's abort; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { url, intervalSeconds } = this.options;
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.#attend(signal, () => failures = 0);
      } catch (error) {
        if (signal.aborted) return;
        const seconds = Math.min(FIRST_DELAY * 2 ** failures++, intervalSeconds);
        this.observer.failed(url, error, seconds);
        await sleep(seconds * 1000, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** Compares again and again on one connection, until that ends: then it throws. */
  async #attend(signal: AbortSignal, succeeded: () => void): Promise<never> {
    const { url, direction, intervalSeconds } = this.options;
    await using remote = await RemoteRelay.connect(url, signal);
    try {
      this.connected = true;
      using _live = direction === "up" ? undefined : this.#follow(remote);
      while (true) {
        const levelling = new Levelling(remote, this.local, { ...this.options, refused: this });
        await levelling.compare(signal);
        await levelling.carry(signal);
        this.observer.levelled(url, levelling);
        succeeded();
        await sleep(intervalSeconds * 1000, undefined, { signal: remote.signal });
      }
    } catch (error) {
      throw remote.signal.aborted ? remote.signal.reason : error; // a sleep tells nothing of why it ended
    } finally {
      this.connected = false;
    }
  }

  /** Takes what the relay publishes from now on. */
  #follow(remote: RemoteRelay): Disposable {
    const id = "longneck-live";
    const frame = JSON.stringify(["REQ", id, { ...this.options.asSent, limit: 0 }]);
    return remote.follow(`REQ ${id}`, frame, ([verb, , event]) => {
      if (verb !== "EVENT" || this.#live >= MOST_LIVE) return;
      this.#live++;
      this.local.take(event)
        .catch((error) => this.observer.failed(this.options.url, error, 0))
        .finally(() => this.#live--);
    });
  }

  has(id: string): boolean {
    return this.#refused.has(id);
  }

  add(id: string): void {
    this.#refused.add(id);
    if (this.#refused.size > MOST_REFUSED) this.#refused.delete(this.#refused.values().next().value!);
  }
}
