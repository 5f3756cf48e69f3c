import { type Answers, digest, type KnownAnswer } from "../answers.ts";
import type { EventLoader } from "./event_loader.ts";
import { KnownHit } from "./known_hit.ts";
import type { Answer } from "./merge.ts";
import type { Question } from "./question.ts";
import type { TimeSlice } from "./time_slice.ts";

type AnyLoader = EventLoader<string> | EventLoader<Uint8Array>;

/** Answers questions from memory where it can, and remembers the answers that it finds. */
export class Recall {
  /**
   * @param events Load all that is looked at when an answer is found.
   * @param find Finds an answer.
   */
  constructor(
    readonly answers: Answers,
    readonly events: EventLoader<string>,
    readonly slice: TimeSlice,
    readonly find: (question: Question) => Answer,
  ) {}

  /** @param events Load what is remembered. */
  *answer(question: Question, events: AnyLoader): Answer {
    const { text } = question;
    if (text === undefined) return yield* this.find(question);
    const key = digest(text), known = this.answers.get(key, this.slice.now);
    if (known) return yield* this.#give(known, question, events);
    const { changes } = this.answers, seqs: number[] = [], found = this.find(question);
    let goodFrom = 0, goodUntil = Infinity;
    while (true) {
      this.events.watch(); // other queries have loaded meanwhile
      const { value, done } = found.next();
      goodFrom = Math.max(goodFrom, this.slice.now);
      goodUntil = Math.min(goodUntil, this.events.soonest);
      if (done) {
        this.answers.keep(key, question.filters, changes, { seqs, more: value, goodFrom, goodUntil });
        return value;
      }
      if (value) seqs.push(value.seq);
      yield value;
    }
  }

  *#give(
    { seqs, more, goodUntil }: KnownAnswer,
    question: Question,
    events: AnyLoader,
  ): Answer {
    const { turn } = this.slice;
    for (let at = 0; at < seqs.length; at++) {
      const seq = seqs[at]!, { now } = this.slice;
      if (now >= goodUntil) return yield* this.#findRest(question, new Set(seqs.slice(0, at)));
      const text = events.load(seq, now, { fresh: this.slice.turn === turn });
      if (text !== undefined) yield new KnownHit(seq, text);
      if (this.slice.spent) yield undefined;
    }
    return more;
  }

  /** What is still to be given of an answer that is good no more. */
  *#findRest(question: Question, given: ReadonlySet<number>): Answer {
    const found = this.find(question);
    while (true) {
      const { value, done } = found.next();
      if (done) return value;
      if (!value || !given.has(value.seq)) yield value;
    }
  }
}
