import type { VerifiedEvent } from "../protocol/event.ts";
import type { Filter } from "../protocol/filter.ts";
import type { Identities } from "../protocol/identities.ts";
import type { StoredTexts } from "../protocol/utf8_texts.ts";
import type { Bus } from "./bus.ts";
import type { CountOptions } from "./count.ts";
import type { Records } from "./records.ts";
import type { Vanished } from "./vanishing.ts";

/**
 * What became of an event given to `save`.
 * - `stored`: durable now.
 * - `duplicate`: it was stored before.
 * - `superseded`: a newer version of the replaceable or addressable event is stored (NIP-01), or of a request to vanish.
 * - `deleted`: its author has asked to delete it (NIP-09), or, a gift wrap, one of its recipients has (NIP-59).
 * - `vanished`: its author, or a recipient of a gift wrap, has asked to vanish, later than it was made (NIP-62).
 */
export type SaveOutcome = "stored" | "duplicate" | "superseded" | "deleted" | "vanished";

export interface FindOptions {
  /** Aborting ends the query at its next page; the iterator then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Asked before each page: may it be a large one, most answers in one? Default: never. */
  readonly ample?: () => boolean;
  /**
   * Called before `find` ends, once, if an event passes that no limit has let through. When it is given, the
   * engine looks for such an event behind the last ones, which may take as long as the query itself; when it is
   * not, that costs nothing.
   */
  readonly onMore?: (() => void) | undefined;
  /** Called before the last page is given, by an engine that knows it for the last; after `onMore`. */
  readonly onLast?: (() => void) | undefined;
}

export interface IdentifyOptions {
  readonly signal: AbortSignal;
  /** Whether to tell of all that is held at this moment: of expired events too, and by the newest state. Default false. */
  readonly all?: boolean | undefined;
}

/**
 * Where events live. Every engine behaves alike, as one set of tests shows; the memory engine is the
 * reference.
 *
 * Filters arrive with their limits settled: a filter without `limit` is unlimited here. Expired events
 * (NIP-40) are never found or counted, swept or not.
 */
export interface Repository {
  /**
   * Stores an event. For a deletion request (NIP-09) what it names goes in the same commit; for a
   * replaceable or addressable one the older version does. Ephemeral events never come here.
   * Resolves after the commit; for a request to vanish (NIP-62), when all that it is about is gone from the store.
   * @throws {StorageError} when the engine fails. Nothing of the event is stored then, unless the connection to
   * a server was lost while it committed: then it may be, and offered again it is a duplicate.
   */
  save(event: VerifiedEvent): Promise<SaveOutcome>;

  /** Whether an event with this id is stored (expired or not). */
  has(id: string): Promise<boolean>;

  /**
   * Streams the stored JSON of events that pass any of the filters: each once, newest first, ties by the
   * lowest id; of each filter at most its `limit`. What passes filters with a `search` (NIP-50) comes before the others,
   * of one after the other, by relevance: `limit` then leaves the best. A page is read when it is asked for, holds at
   * most some hundred events or, unless one alone is larger, 256 KiB, and may be empty while a long scan goes on.
   * @throws {StorageError} when the engine fails.
   */
  find(filters: readonly Filter[], options: FindOptions): AsyncIterable<string[]>;

  /**
   * The same for sockets that send UTF-8 as it is: a page may come so. Missing where the engine has text only.
   * @throws {StorageError} when the engine fails.
   */
  findEncoded?(filters: readonly Filter[], options: FindOptions): AsyncIterable<StoredTexts>;

  /**
   * What `find` would stream, by time and id alone: for comparing with what another relay has (NIP-77). A page
   * holds some thousand at most, and may be empty.
   * @throws {StorageError} when the engine fails.
   */
  identify(filters: readonly Filter[], options: IdentifyOptions): AsyncIterable<Identities>;

  /**
   * Counts the events that pass any of the filters, each once; `limit` plays no part (NIP-45).
   * @throws {TooManyToCount} when more would have to be looked at than the options allow.
   * @throws {StorageError} when the engine fails.
   */
  count(filters: readonly Filter[], options: CountOptions): Promise<number>;

  /**
   * Removes these events for good; answers how many there were. Nothing keeps them from being saved again.
   * @throws {StorageError} when the engine fails; some of them may be gone then.
   */
  remove(ids: readonly string[]): Promise<number>;

  /** Removes for good what has expired (NIP-40); answers how many. */
  removeExpired(): Promise<number>;

  /**
   * Follows requests to vanish (NIP-62) that are not stored themselves. Resolves when all that they are about is gone.
   * @throws {StorageError} when the engine fails.
   */
  vanish(who: readonly Vanished[]): Promise<void>;

  /**
   * Everybody who has vanished, whether their request is stored or not.
   * @throws {StorageError} when the engine fails.
   */
  vanished(): AsyncIterable<readonly Vanished[]>;

  /**
   * Goes on with requests to vanish (NIP-62) that a crash or a failure has cut off. Resolves when nothing is left to go.
   * @throws {StorageError} when the engine fails.
   */
  removeVanished(): Promise<void>;

  /** What is remembered beside events. */
  readonly records: Records;

  /** Joins the instances that share the store; undefined where there can be only one. */
  readonly bus?: Bus | undefined;

  /**
   * What keeps the engine from working just now, in words that anybody may read: no password, no address.
   * Undefined when all is well.
   */
  readonly problem?: string | undefined;

  /** Requests waiting for a thread or a commit, for the queue gauges. */
  readonly depth: { readonly reads: number; readonly writes: number };

  /** Finishes what is under way, checkpoints, and lets go of files and threads. Safe to call twice. */
  close(): Promise<void>;
}

/** The engine failed: disk full, file locked or corrupt, connection lost. The message is for the operator's log. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  /** What anybody may be told of it, as a clause: "the store took too long". Undefined: no more than that it failed. */
  readonly explanation: string | undefined;

  constructor(
    message: string,
    { explanation, ...options }: ErrorOptions & { explanation?: string | undefined } = {},
  ) {
    super(message, options);
    this.explanation = explanation;
  }
}
