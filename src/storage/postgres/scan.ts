import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import { type Plan, plan } from "../plan.ts";
import type { Statement } from "./client.ts";
import { idAt, type Named } from "./event_loader.ts";
import { type Lookup, lookup, walked } from "./conditions.ts";
import { tieOf } from "./keys.ts";
import { type PageRow, pageStatement, type Position } from "./page.ts";
import { Parameters } from "./parameters.ts";

/** A stored event, as a query names it. */
export interface Hit extends Named {
  /** −created_at. */
  readonly past: number;
}

/** How a page is got. */
export interface PageReader extends FilterOptions {
  /** Runs a statement that has one row. */
  run(statement: Statement): Promise<PageRow[]>;
  readonly now: () => number;
  /** Told the second at which the first of the events that were named expires. */
  expires?(at: number): void;
}

/** Looks at events of one of several keys at least, so that a busy author does not end a page at once. */
const FEWEST_LOOKS = 4;

/** Looks at a key's events for each that its even share of a page has. */
const SPREAD = 2;

/** Looks for each event that is wanted of the only key, where some may not pass. */
const MARGIN = 1.25;

/** The same where all that is newest is walked through. */
const WALKED_EACH = 4;

/** After a page that brought too little, so many times the looks. */
const GROWTH = 4;

/** Looks at events in one statement, unless the keys are more. */
const MOST_LOOKS = 5_000;

/** What it costs to find a key in an index, in looks at events. */
const KEY_COST = 10;

/** Names what passes a filter, page after page; between pages it keeps nothing but where it is and how it went. */
export class Scan {
  done: boolean;
  #behind: Position;
  readonly #planned: Plan;
  /** Another way, as long as it is the better one. */
  #walk: Plan | undefined;
  #growth = 1;

  constructor(readonly filter: Filter, readonly reader: PageReader) {
    this.#planned = plan(filter);
    this.#walk = walked(this.#planned);
    this.#behind = { past: -(filter.until ?? Number.MAX_SAFE_INTEGER), tie: -1 };
    this.done = this.#planned.index === "none";
  }

  /**
   * The next events in the order of serving: fewer than a page is to hold, or none, also when there are more.
   * @param events That the page is to hold.
   * @param wanted In all, as far as is known.
   */
  async page(events: number, wanted: number): Promise<Hit[]> {
    if (this.#walk && WALKED_EACH * events > this.#keysCost) this.#walk = undefined;
    const planned = this.#walk ?? this.#planned;
    if (planned.index === "none") return [];
    const parameters = new Parameters();
    const found = lookup(this.filter, planned, parameters, this.reader);
    const looks = this.#looks(found, events);
    const statement = pageStatement(found, this.#behind, { events, looks }, this.reader.now(), parameters);
    const [row] = await this.reader.run(statement);
    const [edgePast, edgeTie, pasts, seqs, ids, expiry] = row!;
    if (expiry !== null) this.reader.expires?.(Number(expiry));
    const hits = hitsOf(pasts, seqs, ids), last = hits.at(-1);
    const isFull = hits.length >= events;
    if (isFull && last) this.#behind = { past: last.past, tie: tieOf(last.id) };
    else if (edgePast !== null) this.#behind = { past: Number(edgePast), tie: Number(edgeTie) };
    else this.done = true;
    if (!isFull) this.#growth *= GROWTH;
    if (this.#walk && looks! * Math.min(wanted - hits.length, events) > this.#keysCost * hits.length) {
      this.#walk = undefined;
      this.#growth = 1;
    }
    return inOrder(hits);
  }

  /** What it costs, in looks, to find all authors' newest events. */
  get #keysCost(): number {
    const { authors = [], kinds = [0] } = this.filter;
    return KEY_COST * authors.length * kinds.length;
  }

  #looks({ keys, keyCount, rest, isFew }: Lookup, events: number): number | undefined {
    if (this.#walk) return Math.min(WALKED_EACH * events * this.#growth, MOST_LOOKS);
    if (isFew || (keys === undefined && rest === undefined)) return undefined;
    const share = Math.ceil((keys === undefined ? MARGIN : SPREAD) * events / keyCount);
    const looks = Math.max(FEWEST_LOOKS, share) * this.#growth;
    return Math.max(FEWEST_LOOKS, Math.min(looks, Math.ceil(MOST_LOOKS / keyCount)));
  }
}

/** Whether `a` comes first in the order of serving. */
export const isBefore = (a: Hit, b: Hit): boolean => a.past < b.past || (a.past === b.past && a.id < b.id);

function hitsOf(pasts: string | null, seqs: string | null, ids: string | null): Hit[] {
  if (pasts === null || seqs === null || ids === null) return [];
  const past = pasts.split(",");
  return seqs.split(",").map((seq, at) => ({
    seq: Number(seq),
    id: idAt(ids, at),
    past: Number(past[at]),
  }));
}

/** Puts the few right that share a tie, and leaves out what has come before. */
function inOrder(hits: Hit[]): Hit[] {
  if (hits.every((hit, at) => at === 0 || isBefore(hits[at - 1]!, hit))) return hits; // nearly always
  return hits.toSorted((a, b) => isBefore(a, b) ? -1 : 1)
    .filter(({ id }, at, all) => id !== all[at - 1]?.id);
}
