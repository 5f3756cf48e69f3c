import { Buffer } from "node:buffer";
import { hasId } from "../../protocol/event.ts";
import { EventTexts } from "../event_texts.ts";
import type { Statement } from "./client.ts";
import { numbers } from "./literal.ts";

/** Of memory for JSON. */
const CACHE_BYTES = 64 * 1024 * 1024;

/** Events in a page at most. */
const MOST_EVENTS = 300;

/** Of UTF-8 for one of UTF-16. */
const MOST_BYTES_A_UNIT = 3;

/** A stored event, by what is never another's at the same time. */
export interface Named {
  readonly seq: number;
  readonly id: string;
}

/** One of many ids that stand one behind the other. */
export const idAt = (ids: string, at: number): string => ids.slice(64 * at, 64 * (at + 1));

export interface TextPage {
  readonly jsons: string[];
  /** Whether nothing that belongs here is gone. */
  readonly isWhole: boolean;
  /** Whether no other page follows. */
  readonly isLast: boolean;
}

/** Runs a statement. */
export type Run = <Row>(statement: Statement) => Promise<Row[]>;

/** Which of the events that were asked for, counted from 1, and its JSON. */
type Row = readonly [nth: string, json: string];

/**
 * Gives the JSON of events that a query has just named: from memory, as no event ever changes, or from the database.
 *
 * What is removed is never named again, so whichever instance removes it, it is not served. What this one removes is
 * forgotten at once; what others do, when enough else was asked for. A text is found by `seq` and must have the id that was
 * named: a database that was restored numbers anew.
 */
export class EventLoader {
  readonly #texts: EventTexts;
  /** What is being loaded, for as long as it is not removed. */
  readonly #underWay = new Set<Set<number>>();

  constructor(cacheBytes = CACHE_BYTES) {
    this.#texts = new EventTexts(cacheBytes);
  }

  /** Remembers an event that was stored: what is new is asked for most. */
  add(seq: number, json: string): void {
    this.#texts.set(seq, json);
  }

  /** Forgets an event that was removed. */
  remove(seq: number): void {
    this.#texts.delete(seq);
    for (const loading of this.#underWay) loading.delete(seq);
  }

  /** Forgets all, since nobody knows what was removed. */
  clear(): void {
    this.#texts.clear();
    for (const loading of this.#underWay) loading.clear();
  }

  /**
   * The JSON of events in their order, without those that are gone meanwhile.
   * @param most Bytes in a page, unless one event alone has more.
   */
  async *pages(hits: readonly Named[], most: number, run: Run): AsyncGenerator<TextPage, void, void> {
    for (let rest = hits; rest.length > 0;) {
      const texts = await this.#read(rest.slice(0, MOST_EVENTS), most, run);
      const page = texts.slice(0, fitting(texts, most));
      rest = rest.slice(page.length);
      const jsons = page.filter((text) => text !== undefined);
      yield { jsons, isWhole: jsons.length === page.length, isLast: rest.length === 0 };
    }
  }

  /** The JSON of one event; undefined when it is gone meanwhile. */
  async read(hit: Named, run: Run): Promise<string | undefined> {
    const [json] = await this.#read([hit], 1, run);
    return json;
  }

  /** Of the first of them, as many as a page may hold; undefined for each that is gone. */
  async #read(hits: readonly Named[], most: number, run: Run): Promise<(string | undefined)[]> {
    const texts = hits.map((hit) => this.#known(hit));
    const lacking = [...texts.keys()].filter((at) => texts[at] === undefined);
    if (lacking.length === 0) return texts;
    const seqs = lacking.map((at) => hits[at]!.seq);
    const rows = await this.#load(seqs, most, run);
    for (const [nth, json] of rows) {
      const at = lacking[Number(nth) - 1]!;
      if (hasId(json, hits[at]!.id)) texts[at] = json;
    }
    const last = Number(rows.at(-1)?.[0] ?? lacking.length);
    const isCut = last < lacking.length && bytesOf(rows) >= most; // else what follows is gone
    return isCut ? texts.slice(0, lacking[last]) : texts; // up to the first that was not read
  }

  async #load(seqs: readonly number[], most: number, run: Run): Promise<Row[]> {
    const loading = new Set(seqs);
    this.#underWay.add(loading);
    try {
      const rows = await run<Row>({ text: LOAD, values: [numbers(seqs), most] });
      for (const [nth, json] of rows) {
        const seq = seqs[Number(nth) - 1]!;
        if (loading.has(seq)) this.#texts.set(seq, json);
      }
      return rows;
    } finally {
      this.#underWay.delete(loading);
    }
  }

  #known(hit: Named): string | undefined {
    const text = this.#texts.get(hit.seq);
    return text !== undefined && hasId(text, hit.id) ? text : undefined;
  }
}

const bytesOf = (rows: readonly Row[]): number =>
  rows.reduce((sum, [, json]) => sum + Buffer.byteLength(json), 0);

/** How many of them a page holds. */
function fitting(texts: readonly (string | undefined)[], most: number): number {
  const units = texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
  if (MOST_BYTES_A_UNIT * units <= most) return texts.length; // to count bytes means to read all
  let bytes = 0;
  const end = texts.findIndex((text = "") => {
    const isFirst = bytes === 0;
    bytes += Buffer.byteLength(text);
    return bytes > most && !isFirst;
  });
  return end < 0 ? texts.length : end;
}

/** As many as fill a page, with one that makes it overflow. */
const LOAD = `
  SELECT nth, json FROM (
    SELECT nth, json, sum(octet_length(json)) OVER (ORDER BY nth) - octet_length(json) AS before
    FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (seq, nth) JOIN event ON event.seq = asked.seq
  ) AS found
  WHERE before < $2::bigint ORDER BY nth`;
