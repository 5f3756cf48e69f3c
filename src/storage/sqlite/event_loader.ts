import type { DatabaseSync, StatementSync } from "node:sqlite";
import { EventTexts } from "../event_texts.ts";
import { prepareArrays } from "./statement.ts";

/** Of memory for JSON; measured at 30,000 realistic events, of which it holds half. */
const CACHE_BYTES = 32 * 1024 * 1024;

/** Rows of which it is known that they were read before: the last of those that share a place. */
const PLACES = 65_536;

type Row = readonly [json: string, expiresAt: number | null];

const NONE = [undefined, null] as const;

/**
 * Reads the JSON of events by their rows, and remembers what it has read more than once: most is not read again, and
 * would only grow old in memory.
 */
export class EventLoader {
  readonly #load: StatementSync;
  readonly #isThere: StatementSync;
  readonly #texts: EventTexts;
  readonly #read = new Uint32Array(PLACES);
  /** How many loads have found what will not be found for ever: an event that expires, or none. */
  fleeting = 0;

  constructor(database: DatabaseSync, cacheBytes = CACHE_BYTES) {
    this.#texts = new EventTexts(cacheBytes);
    this.#load = prepareArrays(
      database,
      `SELECT json, expires_at FROM event
      WHERE seq = ? + 0 AND (expires_at IS NULL OR expires_at > ? + 0)`,
    );
    this.#isThere = prepareArrays(database, "SELECT 1 FROM event WHERE seq = ? + 0");
  }

  /**
   * The event of a row; undefined when it has expired by now or been removed. It may come from memory, as no
   * row ever changes or is used again, unless it expires.
   * @param fresh Whether an index has named the row in this very snapshot, so that it must be there.
   */
  load(seq: number, now: number, { fresh }: { fresh: boolean }): string | undefined {
    const kept = this.#texts.get(seq);
    if (kept !== undefined) return fresh || this.#isThere.get(seq) ? kept : undefined;
    const row = this.#load.get(seq, now) as unknown as Row | undefined;
    const [json, expiresAt] = row ?? NONE;
    if (json === undefined || expiresAt !== null) this.fleeting++;
    else if (this.#wasRead(seq)) this.#texts.set(seq, json);
    return json;
  }

  /** Whether it was read already, as far as is known; from now on it is. */
  #wasRead(seq: number): boolean {
    const place = seq % PLACES, row = seq >>> 0;
    if (this.#read[place] === row) return true;
    this.#read[place] = row;
    return false;
  }
}
