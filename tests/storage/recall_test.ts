import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Answers } from "../../src/storage/answers.ts";
import { textKey } from "../../src/storage/keys.ts";
import { AS_TEXT, EventLoader } from "../../src/storage/sqlite/event_loader.ts";
import { KnownHit } from "../../src/storage/sqlite/known_hit.ts";
import type { Answer } from "../../src/storage/sqlite/merge.ts";
import { WrittenQuestion } from "../../src/storage/sqlite/question.ts";
import { Recall } from "../../src/storage/sqlite/recall.ts";
import { migrate } from "../../src/storage/sqlite/schema.ts";
import { TimeSlice } from "../../src/storage/sqlite/time_slice.ts";
import { Writer } from "../../src/storage/sqlite/writer.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";

/** Rows of the events below. */
const LASTING = 1, UNTIL_30 = 2, UNTIL_20 = 3, REMOVED = 4, OLDEST = 5;

/** Finds these rows, one a turn, up to a limit, and remembers them. */
class Finder implements Disposable {
  /** Answers that were looked for in the database. */
  found = 0;
  readonly #database = new DatabaseSync(":memory:");
  readonly #slice = new TimeSlice(1_000);
  readonly #events: EventLoader<string>;
  readonly #recall: Recall;

  constructor(readonly rows: readonly number[], readonly limit = Infinity) {
    migrate(this.#database);
    const expirations = [undefined, "30", "20", undefined, undefined];
    const events = expirations.map((at, n) =>
      fakeEvent({ created_at: 9 - n, tags: at ? [["expiration", at]] : [] })
    );
    new Writer(this.#database).save(events.map(({ json }) => json));
    this.#database.exec(`DELETE FROM event WHERE seq = ${REMOVED}`);
    this.#events = new EventLoader(this.#database, AS_TEXT, 100_000);
    this.#recall = new Recall(
      new Answers(textKey("ab".repeat(16))),
      this.#events,
      this.#slice,
      () => this.#find(),
    );
  }

  *#find(): Answer {
    this.found++;
    let left = this.limit;
    for (const seq of this.rows) {
      const json = this.#events.load(seq, this.#slice.now, { fresh: true });
      if (json === undefined) continue;
      if (left-- === 0) return true;
      yield new KnownHit(seq, json);
    }
    return false;
  }

  /** The rows of the answer, the first taken at one second and the others at another. */
  ask(now: number, later = now): number[] {
    const answer = this.#recall.answer(new WrittenQuestion('{"filters":[{"kinds":[1]}]}'), this.#events);
    const given: number[] = [];
    this.#slice.begin(now);
    for (let next = answer.next(); !next.done; next = answer.next()) {
      if (next.value) given.push(next.value.seq);
      this.#events.load(UNTIL_20, 10, { fresh: true }); // as another query may
      this.#slice.begin(later);
    }
    return given;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

test("recall: an answer is remembered until the first event expires that was looked at", () => {
  using finder = new Finder([UNTIL_30, LASTING, UNTIL_20], 2);
  for (const now of [10, 11, 19]) assert.deepEqual(finder.ask(now), [UNTIL_30, LASTING]);
  assert.equal(finder.found, 1);
  for (const now of [20, 29]) assert.deepEqual(finder.ask(now), [UNTIL_30, LASTING]);
  assert.equal(finder.found, 2);
  assert.deepEqual(finder.ask(30), [LASTING]);
});

test("recall: neither what other queries look at nor what is gone keeps an answer from being remembered", () => {
  using finder = new Finder([LASTING, REMOVED, OLDEST]);
  for (const now of [10, 99]) assert.deepEqual(finder.ask(now), [LASTING, OLDEST]);
  assert.equal(finder.found, 1);
});

test("recall: who takes the rest of an answer when it is good no more gets what is then in its place", () => {
  using finder = new Finder([LASTING, UNTIL_20, OLDEST], 2);
  assert.deepEqual(finder.ask(10), [LASTING, UNTIL_20]);
  assert.deepEqual(finder.ask(10, 25), [LASTING, OLDEST]);
});

test("recall: where the clock goes forward and back, nothing is left out for it", () => {
  using finder = new Finder([LASTING, UNTIL_20, OLDEST]);
  assert.deepEqual(finder.ask(10, 25), [LASTING, OLDEST]);
  assert.deepEqual(finder.ask(15), [LASTING, UNTIL_20, OLDEST]);
});
