import { Semaphore } from "../flow/semaphore.ts";
import { idOf } from "../protocol/event.ts";
import type { Filter } from "../protocol/filter.ts";
import type { Identities } from "../protocol/identities.ts";
import { Privacy } from "../protocol/privacy.ts";
import { compare, Comparison, TooMuchToCompare } from "./compare.ts";
import { HeldRecords, TooManyRecords } from "./held_records.ts";
import type { PackedIds } from "./packed_ids.ts";
import type { SyncPool } from "./pool.ts";
import type { RemoteRelay } from "./remote_relay.ts";
import { parts, type Window, windowOf, within } from "./windows.ts";

export type Direction = "up" | "down" | "both";

/** Events asked for with one REQ, and REQs at once. */
const REQUEST = 200, REQUESTS = 3;

/** Events read from our store at once, and sent without an answer yet. */
const UPLOAD = 100, UNANSWERED = 64;

/** Fates of events that both sides have then. All others would come up at every comparison. */
const WELCOME = ["stored", "accepted", "duplicate"];

/** Our own side. */
export interface Local {
  identify(filters: readonly Filter[], options: { readonly signal: AbortSignal }): AsyncIterable<Identities>;
  find(filters: readonly Filter[], options: { readonly signal: AbortSignal }): AsyncIterable<string[]>;
  /** Takes what the relay sent, if it is an event and is wanted; answers what became of it, in a word. */
  take(given: unknown): Promise<string>;
}

export interface LevellingOptions {
  readonly filter: Filter;
  /** The filter as the relay reads it. */
  readonly asSent: Readonly<Record<string, unknown>>;
  readonly direction: Direction;
  readonly pool: SyncPool;
  /** Records of ours that may be held. */
  readonly most: number;
  /** Kinds that go to others only where the filter names kinds: `authorization.private_kinds`. */
  readonly privateKinds: readonly number[];
  /** Ids that are not to be carried again, because one of the sides would not have them. */
  readonly refused?: { has(id: string): boolean; add(id: string): void };
}

/** What became of how many events. */
export type Tally = Map<string, number>;

/** Brings us level with another relay: compares, then receives what we lack and sends what it lacks. */
export class Levelling {
  readonly comparison = new Comparison();
  /** Bytes of comparing alone. */
  compared = 0;
  /** Of events that we lacked: what `take` said, or `not sent`. `refused before`: see the options. */
  readonly received: Tally = new Map();
  /** Of events that the relay lacked: `accepted`, the prefix of its refusal, or `kept back`: private, or gone meanwhile. */
  readonly sent: Tally = new Map();

  constructor(readonly remote: RemoteRelay, readonly local: Local, readonly options: LevellingOptions) {}

  /** Events whose fate is known. */
  get done(): number {
    return [...this.received.values(), ...this.sent.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Events to carry. */
  get total(): number {
    const { direction } = this.options, { lackedHere, lackedThere } = this.comparison;
    return (direction === "up" ? 0 : lackedHere.size) + (direction === "down" ? 0 : lackedThere.size);
  }

  /**
   * Compares all at once; where that is too much for either side, one window of time after the other.
   * @throws {RemoteError}; what our store throws; {TooManyRecords}; or the signal's reason.
   */
  async compare(signal: AbortSignal): Promise<void> {
    const { filter } = this.options, { traffic } = this.remote;
    const before = traffic.sent + traffic.received, now = Math.floor(Date.now() / 1000);
    const windows = [windowOf(filter)];
    for (let window = windows.pop(); window; window = windows.pop()) {
      try {
        await this.#compareWithin(window, signal);
      } catch (error) {
        const smaller = filter.limit === undefined && isTooMuch(error) ? parts(window, now) : undefined;
        if (!smaller) throw error;
        windows.push(...smaller);
      }
    }
    this.compared = traffic.sent + traffic.received - before;
  }

  async #compareWithin(window: Window, signal: AbortSignal): Promise<void> {
    const { filter, asSent, pool, most } = this.options;
    const pages = this.local.identify([within(filter, window)], { signal });
    using records = await HeldRecords.collect(pages, { pool, most }, signal);
    await compare(this.remote, within(asSent, window), records, this.comparison, signal);
  }

  /** Carries what the comparison found. Throws as `compare` does. */
  async carry(signal: AbortSignal): Promise<void> {
    const { direction } = this.options, { lackedHere, lackedThere } = this.comparison;
    await Promise.all([
      direction !== "up" && this.#receiveAll(lackedHere, signal),
      direction !== "down" && this.#sendAll(lackedThere, signal),
    ]);
  }

  async #receiveAll(need: PackedIds, signal: AbortSignal): Promise<void> {
    const batches = need.batches(REQUEST);
    const receive = async (name: string) => {
      for (const batch of batches) {
        signal.throwIfAborted();
        await this.#receive(name, new Set(this.#withoutRefused(batch, this.received)));
      }
    };
    await Promise.all(Array.from({ length: REQUESTS }, (_, n) => receive(`longneck-${n}`)));
  }

  /** Asks again for what did not come, as long as anything comes: a relay may send fewer than are asked for. */
  async #receive(name: string, wanted: Set<string>): Promise<void> {
    while (wanted.size > 0) {
      const before = wanted.size, taken: Promise<void>[] = [];
      const [verb, , reason] = await this.remote.ask({
        key: `REQ ${name}`,
        frame: JSON.stringify(["REQ", name, { ids: [...wanted], limit: wanted.size }]),
        hear: (message) => {
          if (message[0] !== "EVENT") return message;
          const event = message[2] as { readonly id?: unknown } | null | undefined;
          if (!wanted.delete(event?.id as string)) return;
          const take = this.#take(event, event!.id as string);
          take.catch(() => {}); // whoever waits for all hears of it
          taken.push(take);
        },
      });
      await Promise.all(taken);
      if (verb === "CLOSED") throw this.remote.error(`does not send what it has: ${reason}`);
      this.remote.send(JSON.stringify(["CLOSE", name]));
      if (wanted.size === before) return count(this.received, "not sent", wanted.size);
    }
  }

  async #take(given: unknown, id: string): Promise<void> {
    this.#settle(this.received, id, await this.local.take(given));
  }

  async #sendAll(have: PackedIds, signal: AbortSignal): Promise<void> {
    const unanswered = new Semaphore(UNANSWERED), over = new AbortController();
    const halt = AbortSignal.any([signal, this.remote.signal, over.signal]);
    const sending = new Set<Promise<void>>();
    const { filter, privateKinds } = this.options;
    const privacy = filter.kinds ? undefined : new Privacy(new Set(privateKinds), new Set());
    for (const batch of have.batches(UPLOAD)) {
      const ids = this.#withoutRefused(batch, this.sent);
      let found = 0;
      for await (const page of this.local.find([{ ids, privacy }], { signal: halt })) {
        found += page.length;
        for (const json of page) {
          await unanswered.acquire(halt);
          const sent = this.#send(json)
            .catch((error) => over.abort(error))
            .finally(() => (unanswered.release(), sending.delete(sent)));
          sending.add(sent);
        }
      }
      if (found < ids.length) count(this.sent, "kept back", ids.length - found);
    }
    await Promise.all(sending);
    halt.throwIfAborted();
  }

  async #send(json: string): Promise<void> {
    const id = idOf(json);
    const [, , accepted, reason] = await this.remote.ask({
      key: `EVENT ${id}`,
      frame: JSON.stringify(["EVENT", JSON.parse(json)]), // ours may have escapes, and theirs a limit in bytes
      hear: (message) => message,
    });
    this.#settle(this.sent, id, accepted === true ? "accepted" : prefixOf(reason));
  }

  #settle(tally: Tally, id: string, fate: string): void {
    count(tally, fate);
    if (!WELCOME.includes(fate)) this.options.refused?.add(id);
  }

  #withoutRefused(ids: string[], tally: Tally): string[] {
    const { refused } = this.options;
    const left = refused ? ids.filter((id) => !refused.has(id)) : ids;
    if (left.length < ids.length) count(tally, "refused before", ids.length - left.length);
    return left;
  }
}

const isTooMuch = (error: unknown): boolean =>
  error instanceof TooManyRecords || error instanceof TooMuchToCompare;

function count(tally: Tally, fate: string, events = 1): void {
  tally.set(fate, (tally.get(fate) ?? 0) + events);
}

/** The machine-readable word of a reason; relays that give none are many. */
function prefixOf(reason: unknown): string {
  return /^[a-z-]{1,32}(?=:)/.exec(String(reason))?.[0] ?? "refused";
}
