import type { DatabaseSync, StatementSync } from "node:sqlite";
import { prepareArrays } from "./statement.ts";

/** UTF-16 units of JSON kept in each of two generations: 32 MiB of memory at most, together. */
const GENERATION = 8 * 1024 * 1024;

/** Reads the JSON of events by their rows, and remembers what it has read last. */
export class EventLoader {
  readonly #load: StatementSync;
  readonly #isThere: StatementSync;
  #young = new Map<number, string>();
  #old = new Map<number, string>();
  #size = 0;

  constructor(database: DatabaseSync, readonly bounds = { generation: GENERATION }) {
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
    const young = this.#young.get(seq), kept = young ?? this.#old.get(seq);
    if (kept !== undefined) {
      if (!fresh && !this.#isThere.get(seq)) return undefined;
      if (young === undefined) this.#remember(seq, kept);
      return kept;
    }
    const row = this.#load.get(seq, now) as unknown as [json: string, expiresAt: number | null] | undefined;
    if (!row) return undefined;
    const [json, expiresAt] = row;
    if (expiresAt === null) this.#remember(seq, json);
    return json;
  }

  #remember(seq: number, json: string): void {
    this.#young.set(seq, json);
    this.#size += json.length;
    if (this.#size < this.bounds.generation) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#size = 0;
  }
}
