import type { Identities } from "../../protocol/identities.ts";
import type { Utf8Texts } from "../../protocol/utf8_texts.ts";

/** How much of a reader one query gets before others have their turn. */
export interface PageBounds {
  /** Most events in a page. */
  readonly events: number;
  /** Units of JSON, of UTF-16 or UTF-8, from which on a page is full: what a client may cost that does not read. */
  readonly size: number;
  /** The same for an ample page, which answers most queries at once. Default: `size`. */
  readonly ampleSize?: number;
  readonly milliseconds: number;
}

/** What a step of a query tells of its end. */
export interface Step {
  /** Whether it was the last one. */
  readonly done: boolean;
  /** On the last one: whether an event passes that the limits have left out, where that was asked. */
  readonly more: boolean;
}

export interface TextPage extends Step {
  readonly events: string[];
}

export interface Page extends TextPage {
  /** Of the events. */
  readonly rows: number[];
}

export interface Utf8Page extends Step {
  readonly events: Utf8Texts;
}

/** A page of events by time and id alone. */
export interface IdentityPage extends Identities {
  readonly done: boolean;
}

/** What a step adds to a count. */
export interface Tally {
  readonly count: number;
  /** Events looked at, whether they pass or not. */
  readonly looks: number;
  /** Of those counted (NIP-45), where they were asked for. */
  readonly registers: Uint8Array | undefined;
  readonly done: boolean;
}
