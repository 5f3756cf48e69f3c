import { createHash } from "node:crypto";
import type { Filter } from "../protocol/filter.ts";
import { type EventKeys, hexKey, isWhole, tagKey, type TextKey } from "./keys.ts";
import { type Plan, plan } from "./plan.ts";
import { Sieve } from "./sieve.ts";

/** A whole answer to a question. */
export interface KnownAnswer {
  /** The rows of its events, in the order of serving. */
  readonly seqs: readonly number[];
  /** Their ids, one behind the other, where rows may be numbered anew. */
  readonly ids?: string;
  /** Whether an event passes that the limits have left out. */
  readonly more: boolean;
  /** The last second at which it was looked for: what had expired then (NIP-40) has still. */
  readonly goodFrom: number;
  /** The second at which the first of the events that were looked at expires; Infinity when none does. */
  readonly goodUntil: number;
}

interface Kept extends KnownAnswer {
  /** How many changes there had been when it began to be found. */
  readonly since: number;
  readonly keys: readonly number[];
  readonly bytes: number;
}

/** Answers of more events, and those found by more keys, are not kept. */
export const MOST_EVENTS = 1_000;
const MOST_KEYS = 2_000;

/** Of memory for answers. */
const BYTES = 8 * 1024 * 1024;

/** Of an answer, beside its rows and keys. */
const FIXED_BYTES = 256;

/** Keys whose last change is known one by one. */
const MOST_CHANGED = 65_536;

/** Kinds that are looked at with each author; of more, an author's whole activity counts. */
const MOST_KINDS = 8;

/** In the place of a key: any event at all. */
const ANY = Infinity;

/**
 * What was answered, for whoever asks the same: profiles, lists and the newest of a kind are asked for
 * over and over. An answer is good until an event comes or goes that has one of the keys that its events were found
 * by, so no other kind of change could make a difference; or until the first event expires that was looked at.
 */
export class Answers {
  readonly #kept: Sieve<string, Kept>;
  #changes = 0;
  /** By key, the change that was the last to touch it. Unknown keys were not touched after `#floor`. */
  readonly #changed = new Map<number, number>();
  #floor = 0;

  constructor(readonly textKey: TextKey, bytes = BYTES) {
    this.#kept = new Sieve(bytes, ({ bytes }) => bytes);
  }

  /** How many there have been: to `keep` an answer with that is about to be found. */
  get changes(): number {
    return this.#changes;
  }

  /**
   * @param question Its digest.
   * @param now The time in seconds.
   */
  get(question: string, now: number): KnownAnswer | undefined {
    const kept = this.#kept.get(question);
    return kept && this.#isGood(kept, now) ? kept : undefined;
  }

  /** @param since What `changes` was before the first of it was looked for. */
  keep(question: string, filters: readonly Filter[], since: number, answer: KnownAnswer): void {
    const { seqs, ids = "" } = answer;
    const keys = seqs.length <= MOST_EVENTS && this.#keysOf(filters);
    if (!keys || keys.length > MOST_KEYS) return;
    const bytes = FIXED_BYTES + 8 * (seqs.length + keys.length) + ids.length;
    this.#kept.set(question, { ...answer, since, keys, bytes });
  }

  /** An event has come or gone. */
  change({ id, author, kind, tags }: EventKeys): void {
    this.#changes++;
    if (this.#kept.isEmpty) return void (this.#floor = this.#changes);
    if (this.#changed.size > MOST_CHANGED) return this.clear();
    for (const key of [id, author, pairKey(author, kind), kindKey(kind), ...tags, ANY]) {
      this.#changed.set(key, this.#changes);
    }
  }

  /** Events may have come and gone unseen. */
  clear(): void {
    this.#kept.clear();
    this.#changed.clear();
    this.#floor = ++this.#changes;
  }

  #isGood({ since, keys, goodFrom, goodUntil }: Kept, now: number): boolean {
    if (now < goodFrom || now >= goodUntil || since < this.#floor) return false;
    if (since === this.#changes) return true;
    return keys.every((key) => (this.#changed.get(key) ?? 0) <= since);
  }

  /** Of which every event that passes has one; undefined where they can't be told. */
  #keysOf(filters: readonly Filter[]): number[] | undefined {
    const keys: number[] = [];
    for (const filter of filters) {
      const found = filter.search ? undefined : this.#keysOfPlan(plan(filter));
      if (!found) return undefined;
      keys.push(...found);
    }
    return keys;
  }

  #keysOfPlan(planned: Plan): number[] | undefined {
    switch (planned.index) {
      case "none":
        return [];
      case "id":
        return keysOfHex(planned.ids);
      case "author": {
        const { authors, kinds } = planned;
        const keys = keysOfHex(authors);
        if (!kinds || kinds.length > MOST_KINDS) return keys;
        return keys && pairKeys(keys, kinds);
      }
      case "tag":
        return planned.tag.values.map((value) => tagKey(this.textKey, planned.tag.name, value));
      case "kind":
        return planned.kinds.map(kindKey);
      case "time":
        return [ANY];
    }
  }
}

/** Feeds name hundreds of authors; and nobody can find two questions with one digest. */
export const digest = (question: string): string => createHash("sha256").update(question).digest("base64");

/*
 * Keys of all sorts are in one map. Where two happen to be the same, an answer is given up that might have been kept.
 */

const kindKey = (kind: number): number => 2 ** 48 + kind;

const pairKey = (author: number, kind: number): number => author + (1 + kind) * 2 ** 34;

/** Of each author with each kind. By hand: a feed has hundreds, and `flatMap` would make a list for each. */
function pairKeys(authors: readonly number[], kinds: readonly number[]): number[] {
  const keys: number[] = [];
  for (const author of authors) for (const kind of kinds) keys.push(pairKey(author, kind));
  return keys;
}

/** A prefix stands for too many. */
const keysOfHex = (values: readonly string[]): number[] | undefined =>
  values.every(isWhole) ? values.map(hexKey) : undefined;
