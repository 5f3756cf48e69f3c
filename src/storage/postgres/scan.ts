import type { Filter } from "../../protocol/filter.ts";
import { type Plan, plan } from "../plan.ts";
import type { Statement } from "./client.ts";
import { type Lookup, lookup, walked } from "./conditions.ts";
import { tieOf } from "./keys.ts";
import { type PageOptions, type PageRow, pageStatement, type Position } from "./page.ts";
import { Parameters } from "./parameters.ts";

/** A stored event on its way to a client. */
export interface Hit {
  readonly seq: number;
  readonly id: string;
  /** −created_at. */
  readonly past: number;
  readonly json: string;
}

/** How a page is got. */
export interface PageReader extends PageOptions {
  run(statement: Statement): Promise<[PageRow]>;
  readonly now: () => number;
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

/** After a page that was full of large events, so many times as many are asked for. */
const ROOM = 2;

/** What it costs to find a key in an index, in looks at events. */
const KEY_COST = 10;

/** Reads what passes a filter, page after page; between pages it keeps nothing but where it is and how it went. */
export class Scan {
  done: boolean;
  #behind: Position;
  readonly #planned: Plan;
  /** Another way, as long as it is the better one. */
  #walk: Plan | undefined;
  #growth = 1;
  /** Events that fill a page's bytes, so far as is known. */
  #fill = Infinity;

  constructor(readonly filter: Filter, readonly bytes: number, readonly reader: PageReader) {
    this.#planned = plan(filter);
    this.#walk = walked(this.#planned);
    this.#behind = { past: -(filter.until ?? Number.MAX_SAFE_INTEGER), tie: -1, id: "" };
    this.done = this.#planned.index === "none";
  }

  /**
   * The next events in the order of serving: fewer than a page holds, or none, also when there are more.
   * @param most Events at most.
   * @param wanted In all, as far as is known.
   */
  async page(most: number, wanted: number): Promise<Hit[]> {
    const events = Math.min(most, this.#fill);
    if (this.#walk && WALKED_EACH * events > this.#keysCost) this.#walk = undefined;
    const planned = this.#walk ?? this.#planned;
    if (planned.index === "none") return [];
    const parameters = new Parameters();
    const { filter, reader } = this;
    const found = lookup(filter, planned, parameters, reader);
    const looks = this.#looks(found, events);
    const size = { events, bytes: this.bytes, looks };
    const statement = pageStatement(found, this.#behind, size, reader.now(), parameters, reader);
    const [[edgePast, edgeTie, count, pasts, seqs, jsons]] = await reader.run(statement);
    const hits = hitsOf(pasts ?? "", seqs ?? "", jsons ?? "");
    const passed = Number(count), last = hits.at(-1);
    const isCut = passed > hits.length || passed === events;
    const behind = isCut && last
      ? { past: last.past, tie: tieOf(last.id), id: last.id }
      : edgePast !== null && { past: Number(edgePast), tie: Number(edgeTie), id: AFTER_ALL_IDS };
    if (passed > hits.length) this.#fill = ROOM * hits.length;
    if (behind) this.#behind = behind;
    else this.done = true;
    if (!isCut) this.#growth *= GROWTH;
    if (this.#walk && looks * Math.min(wanted - passed, events) > this.#keysCost * passed) {
      this.#walk = undefined;
      this.#growth = 1;
    }
    return hits;
  }

  /** What it costs, in looks, to find all authors' newest events. */
  get #keysCost(): number {
    const { authors = [], kinds = [0] } = this.filter;
    return KEY_COST * authors.length * kinds.length;
  }

  #looks({ keyCount, single, rest }: Lookup, events: number): number {
    if (this.#walk) return Math.min(WALKED_EACH * events * this.#growth, MOST_LOOKS);
    if (single) return FEWEST_LOOKS;
    if (keyCount === 1 && rest === undefined) return events;
    const share = Math.ceil((keyCount === 1 ? MARGIN : SPREAD) * events / keyCount);
    const looks = Math.max(FEWEST_LOOKS, share) * this.#growth;
    return Math.max(FEWEST_LOOKS, Math.min(looks, Math.ceil(MOST_LOOKS / keyCount)));
  }
}

function hitsOf(pasts: string, seqs: string, jsons: string): Hit[] {
  if (jsons === "") return [];
  const past = pasts.split(","), seq = seqs.split(",");
  return jsons.split("\n").map((json, at) => ({
    seq: Number(seq[at]),
    past: Number(past[at]),
    id: json.slice(7, 71), // {"id":"…
    json,
  }));
}

const AFTER_ALL_IDS = "f".repeat(64);
