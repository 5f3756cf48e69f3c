import { wordsOf } from "../../protocol/search.ts";
import { numbers } from "./literal.ts";
import type { Pool } from "./pool.ts";

/** Of what the index holds: when `wordsOf` changes, it is made anew. */
const VERSION = 1;

/** Events taken up in one transaction. */
const STRETCH = 500;

/**
 * Brings the words of events to the full-text index (NIP-50), which lags behind them. Events are numbered without gaps, so
 * it is enough to know up to which one it has come. Those that leave the store take their words with them.
 */
export class SearchIndex {
  /** What the index holds, as it is written down beside it. */
  readonly #holds: string;
  #isRight = false;

  constructor(readonly pool: Pool, readonly kinds: readonly number[]) {
    this.#holds = `${VERSION}:${[...new Set(kinds)].sort((a, b) => a - b)}`;
  }

  /** Takes up the next events; answers whether others are left. */
  async advance(): Promise<boolean> {
    await this.#makeRight();
    const rows = await this.pool.read<[seq: string, json: string | null, head: string]>({
      text: NEXT,
      values: [numbers(this.kinds), this.#holds],
    });
    const last = rows.at(-1);
    if (!last) return false;
    const wanted = rows.filter(([, json]) => json !== null);
    const values = [
      Number(last[2]),
      Number(last[0]),
      this.#holds,
      numbers(wanted.map(([seq]) => Number(seq))),
      wanted.map(([, json]) => vector(wordsOf(JSON.parse(json!).content))).join("\n"),
    ];
    await this.pool.run({ text: ADD, values });
    return rows.length === STRETCH;
  }

  /** Makes the index anew where it holds other kinds. Done once, so that instances that disagree do not do so in turn. */
  async #makeRight(): Promise<void> {
    if (this.#isRight) return;
    const [[holds]] = await this.pool.read<[string]>({
      text: "SELECT holds FROM search_head",
      values: [],
    }) as [[string]];
    if (holds !== this.#holds) {
      await this.pool.run({
        text: `TRUNCATE search; UPDATE search_head SET seq = 0, holds = '${this.#holds}'`,
        values: [],
      });
    }
    this.#isRight = true;
  }
}

/** As a tsvector: each word with its places, of which one has 256 at most, up to 16,383. */
function vector(words: readonly string[]): string {
  const places = new Map<string, number[]>();
  words.forEach((word, at) => {
    const known = places.get(word);
    if (known) known.push(at + 1);
    else places.set(word, [at + 1]);
  });
  return [...places].map(([word, at]) => `'${word}':${at.slice(0, 256)}`).join(" ");
}

/** Where it has come to is asked for first, so that it bounds a range of the index of events. */
const NEXT = `
  SELECT seq, CASE WHEN kind = ANY ($1::integer[]) THEN json END, (SELECT seq FROM search_head)
  FROM event WHERE seq > (SELECT seq FROM search_head WHERE holds = $2::text)
  ORDER BY event.seq LIMIT ${STRETCH}`;

const ADD = `
  WITH claim AS (
    UPDATE search_head SET seq = $2::bigint WHERE seq = $1::bigint AND holds = $3::text RETURNING seq
  )
  INSERT INTO search (seq, words)
  SELECT event.seq, coalesce(words, '')::tsvector -- a text of no lines has no table
  FROM ROWS FROM (unnest($4::bigint[]), string_to_table($5::text, E'\\n')) AS added (seq, words)
    JOIN event ON event.seq = added.seq
  WHERE EXISTS (SELECT FROM claim)`;
