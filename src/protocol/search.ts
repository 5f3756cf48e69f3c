import type { NostrEvent } from "./event.ts";
import { Rejection } from "./reason.ts";

/** Words that must follow each other; with `prefix`, the last may go on. */
export interface Phrase {
  readonly words: readonly string[];
  readonly prefix: boolean;
}

/** What a filter's `search` (NIP-50) comes to: all phrases must be in the content of an event of these kinds. */
export interface Search {
  readonly phrases: readonly Phrase[];
  readonly kinds: readonly number[];
}

/** UTF-16 units of a query, and words in it. */
const LONGEST_QUERY = 1_024, MOST_QUERY_WORDS = 32;

/** Words of an event that are searched; what stands behind them is not. */
const MOST_WORDS = 4_096;

/** A phrase in quotes, of which the last may lack, or what stands between spaces and quotes. */
const TERM = /"([^"]*)"?(\*?)|[^\s"]+/g;

/** `key:value`, but not `https://…`. */
const EXTENSION = /^[a-z]+:(?!\/\/)./i;

/** Letters, digits, and the marks on them. */
const LETTERS = String.raw`[\p{L}\p{M}\p{N}]`;

/** Scripts that put no spaces between words. */
const UNSPACED = "Han Hiragana Katakana Thai Lao Khmer Myanmar".split(" ").map((name) =>
  String.raw`\p{scx=${name}}`
).join("");

/**
 * A letter of a script without spaces, or a symbol, is a word by itself. Of other letters, 64 at most make a word; of
 * longer ones the pieces follow each other.
 */
const WORD = new RegExp(
  String.raw`[${LETTERS}&&[${UNSPACED}]]|\p{Extended_Pictographic}|[${LETTERS}--[${UNSPACED}]]{1,64}`,
  "gv",
);

/**
 * The words of a text, by which it is found: without case, accents, or what stands between them. Every engine is given
 * these words rather than the text, so that all find the same; ASCII's letters and digits are all of ASCII in them.
 */
export function wordsOf(text: string): string[] {
  const plain = text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").normalize("NFC").toLowerCase();
  return (plain.replaceAll("ς", "σ").match(WORD) ?? []).slice(0, MOST_WORDS);
}

/**
 * Reads a filter's `search`: words, "phrases" and prefix*; all must be found. Extensions (`key:value`) are ignored, as
 * none is supported. Answers undefined when no word is left, which asks for nothing in particular.
 * @param kinds That are searched.
 * @throws {Rejection} `invalid`
 */
export function readSearch(given: unknown, kinds: readonly number[]): Search | undefined {
  if (typeof given !== "string") throw new Rejection("invalid", "search must be a string");
  if (given.length > LONGEST_QUERY) {
    throw new Rejection(
      "invalid",
      `search may have ${LONGEST_QUERY.toLocaleString("en-US")} characters at most`,
    );
  }
  const phrases: Phrase[] = [];
  for (const [term, quoted, star] of given.matchAll(TERM)) {
    if (quoted === undefined && EXTENSION.test(term)) continue;
    const words = wordsOf(quoted ?? term);
    if (words.length > 0) {
      phrases.push({ words, prefix: star === "*" || (quoted === undefined && term.endsWith("*")) });
    }
  }
  if (phrases.reduce((sum, { words }) => sum + words.length, 0) > MOST_QUERY_WORDS) {
    throw new Rejection("invalid", `search may have ${MOST_QUERY_WORDS} words at most`);
  }
  return phrases.length > 0 ? { phrases, kinds } : undefined;
}

/** Whether an event has what is searched for. Cheap, as each live event is asked about for each search that is open. */
export function searchMatcher({ phrases, kinds }: Search): (event: NostrEvent) => boolean {
  return (event) => {
    if (!kinds.includes(event.kind)) return false;
    const text = rememberedText(event);
    return phrases.every((phrase) => isIn(phrase, text));
  };
}

function isIn(phrase: Phrase, { words, places, distinct }: Text): boolean {
  const { words: wanted, prefix } = phrase;
  const whole = prefix ? wanted.slice(0, -1) : wanted;
  if (whole.length === 0) return beginsOne(wanted[0]!, distinct);
  if (wanted.length === 1) return places.has(wanted[0]!);
  let rarest = 0;
  for (const [n, word] of whole.entries()) {
    const there = places.get(word)?.length ?? 0;
    if (there === 0) return false;
    if (there < places.get(whole[rarest]!)!.length) rarest = n;
  }
  return places.get(whole[rarest]!)!.some((at) => standsAt(at - rarest, phrase, words));
}

/** Whether one of the words, which are in order, begins like this. */
function beginsOne(beginning: string, ordered: readonly string[]): boolean {
  let low = 0, high = ordered.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ordered[middle]! < beginning) low = middle + 1;
    else high = middle;
  }
  return ordered[low]?.startsWith(beginning) ?? false;
}

/** How well an event answers a search: how often its phrases are in it, for its length; 0 when one is not. */
export function relevance({ phrases, kinds }: Search, event: NostrEvent): number {
  if (!kinds.includes(event.kind)) return 0;
  const { words } = rememberedText(event);
  let total = 0;
  for (const phrase of phrases) {
    const count = occurrences(phrase, words);
    if (count === 0) return 0;
    total += count;
  }
  return total / (10 + words.length);
}

function occurrences(phrase: Phrase, words: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < words.length; at++) if (standsAt(at, phrase, words)) count++;
  return count;
}

function standsAt(at: number, { words: wanted, prefix }: Phrase, words: readonly string[]): boolean {
  const last = wanted.length - 1;
  return wanted.every((word, n) =>
    prefix && n === last ? words[at + n]?.startsWith(word) : words[at + n] === word
  );
}

/** An event's words, taken apart for looking them up. */
interface Text {
  readonly words: readonly string[];
  /** Where each word stands. */
  readonly places: ReadonlyMap<string, readonly number[]>;
  /** Each word once, in order. */
  readonly distinct: readonly string[];
}

/** An event on its way to many subscriptions is taken apart once. */
const remembered = new WeakMap<NostrEvent, Text>();

function rememberedText(event: NostrEvent): Text {
  let text = remembered.get(event);
  if (!text) remembered.set(event, text = takenApart(wordsOf(event.content)));
  return text;
}

function takenApart(words: readonly string[]): Text {
  const places = new Map<string, number[]>();
  for (const [at, word] of words.entries()) {
    const known = places.get(word);
    if (known) known.push(at);
    else places.set(word, [at]);
  }
  return { words, places, distinct: [...places.keys()].sort() };
}
