import type { Filter } from "../../protocol/filter.ts";
import { Privacy } from "../../protocol/privacy.ts";
import { Answers, digest, type KnownAnswer } from "../answers.ts";
import type { EventKeys } from "../keys.ts";
import { tagKey } from "./changed.ts";

/** Of memory for answers: ids and keys of one take some 5 kB. */
const BYTES = 32 * 1024 * 1024;

/** Commits told of behind one that is not; with more, that one is given up. */
const MOST_AHEAD = 1_000;

/** Milliseconds after which all is forgotten: who changes tables by hand tells nobody. */
const LONGEST = 60_000;

/** A question whose answer may be remembered. */
export interface Asked {
  readonly filters: readonly Filter[];
  /** Its answer, if that is known. */
  readonly known: KnownAnswer | undefined;
  /** Remembers the answer that was found after the question was asked. */
  keep(answer: KnownAnswer): void;
}

/**
 * What was answered (see Answers), where several instances change what is stored. Each tells of its commits by
 * the keys of what came and went. An answer may be used when all commits that are known to be made were told of.
 */
export class AnswerMemory {
  readonly #answers = new Answers(tagKey, BYTES);
  #upTo: number | undefined;
  /** Those told of that come later: the `seq` before each, and its own. */
  readonly #ahead = new Map<number, number>();
  #forgottenAt = performance.now();

  /** @param longest See LONGEST. */
  constructor(readonly longest = LONGEST) {}

  /** All commits up to this `seq` were told of; undefined before any is known. */
  get upTo(): number | undefined {
    return this.#upTo;
  }

  /** Whether all commits up to this `seq` were told of. */
  reaches(seq: number): boolean {
    return this.#upTo !== undefined && seq <= this.#upTo;
  }

  /**
   * Told of a commit, of this instance or another, once or more often. It ends answers even if it seems to be known: after
   * a failover that nobody has noticed yet, what is new has the numbers of what is lost.
   * @param after The `seq` before it.
   * @param upTo Its own.
   * @param changed What came and went; undefined if that can't be told.
   */
  change(after: number, upTo: number, changed: readonly EventKeys[] | undefined): void {
    if (!changed) this.#forget();
    else for (const event of changed) this.#answers.change(event);
    if (this.#upTo === undefined || this.reaches(upTo)) return;
    if (this.#ahead.size === MOST_AHEAD) return this.reach(upTo);
    this.#ahead.set(after, upTo);
    this.#goOnFrom(this.#upTo);
  }

  /** Commits go as far as this at least: those that were not told of may have changed anything. Told so at each beat. */
  reach(seq: number): void {
    if (this.reaches(seq)) {
      if (performance.now() - this.#forgottenAt > this.longest) this.#forget();
      return;
    }
    this.#forget();
    for (const after of this.#ahead.keys()) if (after < seq) this.#ahead.delete(after);
    this.#goOnFrom(seq);
  }

  /** Commits go as far as this; whatever was known before is no longer so. */
  restart(seq: number): void {
    this.#forget();
    this.#ahead.clear();
    this.#upTo = seq;
  }

  /**
   * @param seek Whether to find out if there is more than the limits let through.
   * @param now The time in seconds.
   */
  ask(filters: readonly Filter[], seek: boolean, now: number): Asked {
    const settled = filters.map(withSettledPrivacy);
    const question = digest(JSON.stringify({ filters: settled, seek })), { changes } = this.#answers;
    return {
      filters: settled,
      known: this.#answers.get(question, now),
      keep: (answer) => this.#answers.keep(question, settled, changes, answer),
    };
  }

  #forget(): void {
    this.#answers.clear();
    this.#forgottenAt = performance.now();
  }

  #goOnFrom(seq: number): void {
    this.#upTo = seq;
    const next = this.#ahead.get(seq);
    if (next === undefined) return;
    this.#ahead.delete(seq);
    this.#goOnFrom(next);
  }
}

/** Somebody may prove to be another reader while the answer is being found. */
const withSettledPrivacy = (filter: Filter): Filter =>
  filter.privacy ? { ...filter, privacy: Privacy.from(filter.privacy.toJSON()) } : filter;
