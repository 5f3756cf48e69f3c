import type { DatabaseSync, StatementSync } from "node:sqlite";
import { textBytes } from "../event_texts.ts";
import { Sieve } from "../sieve.ts";
import { Seen } from "./seen.ts";
import { prepareArrays } from "./statement.ts";

/** Rows among which one that is read again is worth remembering. */
const PLACES = 65_536;

type Row<Text> = readonly [text: Text, expiresAt: number | null];

const NONE = [undefined, null] as const;

/** In what form texts are wanted. */
interface Form<Text> {
  /** The expression that gives it in SQL. */
  readonly column: string;
  /** Most bytes that a text takes in memory. */
  readonly size: (text: Text) => number;
}

export const AS_TEXT: Form<string> = { column: "json", size: textBytes };

/** What an array of bytes takes beside them: measured on V8, with its buffer. */
const ARRAY_BYTES = 300;

export const AS_UTF8: Form<Uint8Array> = {
  column: "CAST(json AS BLOB)",
  size: ({ length }) => ARRAY_BYTES + length,
};

/**
 * Reads the JSON of events by their rows, and remembers what it has read more than once: most is not read again, and
 * would only grow old in memory.
 */
export class EventLoader<Text> {
  readonly #load: StatementSync;
  readonly #isThere: StatementSync;
  readonly #texts: Sieve<number, Text>;
  readonly #read = new Seen(PLACES);
  #soonest = Infinity;

  /** @param cacheBytes Of memory for them. */
  constructor(database: DatabaseSync, form: Form<Text>, cacheBytes: number) {
    this.#texts = new Sieve(cacheBytes, form.size);
    this.#load = prepareArrays(
      database,
      `SELECT ${form.column}, expires_at FROM event
      WHERE seq = ? + 0 AND (expires_at IS NULL OR expires_at > ? + 0)`,
    );
    this.#isThere = prepareArrays(database, "SELECT 1 FROM event WHERE seq = ? + 0");
  }

  /** From now on it is noted when events expire: see `soonest`. */
  watch(): void {
    this.#soonest = Infinity;
  }

  /** The second at which the first of the events expires that were loaded under watch; Infinity when none does. */
  get soonest(): number {
    return this.#soonest;
  }

  /**
   * The event of a row; undefined when it has expired by now or been removed. It may come from memory, as no
   * row ever changes or is used again, unless it expires.
   * @param fresh Whether an index has named the row in this very snapshot, so that it must be there.
   */
  load(seq: number, now: number, { fresh }: { fresh: boolean }): Text | undefined {
    const kept = this.#texts.get(seq);
    if (kept !== undefined) return fresh || this.#isThere.get(seq) ? kept : undefined;
    const row = this.#load.get(seq, now) as unknown as Row<Text> | undefined;
    const [text, expiresAt] = row ?? NONE;
    if (expiresAt !== null) this.#soonest = Math.min(this.#soonest, expiresAt);
    else if (text !== undefined && this.#read.again(seq)) this.#texts.set(seq, text);
    return text;
  }
}
