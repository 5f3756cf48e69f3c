import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { idOf, type VerifiedEvent } from "../../src/protocol/event.ts";
import type { Filter } from "../../src/protocol/filter.ts";
import { Answers } from "../../src/storage/answers.ts";
import { textKey } from "../../src/storage/keys.ts";
import { placementOf } from "../../src/storage/sqlite/placement.ts";
import { WrittenQuestion } from "../../src/storage/sqlite/question.ts";
import { Reader } from "../../src/storage/sqlite/reader.ts";
import { migrate } from "../../src/storage/sqlite/schema.ts";
import { Writer } from "../../src/storage/sqlite/writer.ts";
import { closing } from "../fixtures/closing.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const key = textKey("0123456789abcdef".repeat(2));
const KNOWN = { seqs: [3, 1], more: false, goodFrom: 50, goodUntil: 100 };
const NOW = 99;

/** Answers that know one to these filters. */
function knowing(...filters: Filter[]): Answers {
  const answers = new Answers(key);
  answers.keep("question", filters, answers.changes, KNOWN);
  return answers;
}

const comes = (answers: Answers, { event }: VerifiedEvent) => answers.change(placementOf(9, event, key));

const [alice, bob, carol] = ["a", "b", "c"].map((digit) => digit.repeat(64)) as [string, string, string];

test("answers: what was found is known to who asks the same", () => {
  const { seqs, more } = knowing({ authors: [alice] }).get("question", NOW)!;
  assert.deepEqual({ seqs, more }, { seqs: KNOWN.seqs, more: KNOWN.more });
  assert.equal(knowing({ authors: [alice] }).get("another question", NOW), undefined);
});

const note = fakeEvent({ pubkey: alice, kind: 1, tags: [["p", bob]] });

for (
  const [filter, isGood] of [
    [{ authors: [alice] }, false],
    [{ authors: [bob] }, true],
    [{ authors: [alice], kinds: [0, 1] }, false],
    [{ authors: [alice], kinds: [0] }, true],
    [{ kinds: [1] }, false],
    [{ kinds: [0] }, true],
    [{ ids: [note.event.id] }, false],
    [{ ids: [carol] }, true],
    [{ tags: [{ name: "p", values: [bob] }] }, false],
    [{ tags: [{ name: "p", values: [alice] }] }, true],
    [{ tags: [{ name: "P", values: [bob] }] }, true],
    [{}, false],
    [{ ids: [] }, true],
  ] as const
) {
  test(`answers: a note by Alice that names Bob ${isGood ? "leaves" : "ends"} the answer to ${JSON.stringify(filter)}`, () => {
    const answers = knowing(filter);
    comes(answers, note);
    assert.equal(answers.get("question", NOW) !== undefined, isGood);
  });
}

test("answers: one to several filters is good while it is for each of them", () => {
  const answers = knowing({ kinds: [0] }, { kinds: [1] });
  comes(answers, fakeEvent({ kind: 7 }));
  assert.notEqual(answers.get("question", NOW), undefined);
  comes(answers, note);
  assert.equal(answers.get("question", NOW), undefined);
});

test("answers: what changes while the answer is being found ends it", () => {
  const answers = knowing({ kinds: [5] }), since = answers.changes;
  comes(answers, note);
  answers.keep("question", [{ kinds: [1] }], since, KNOWN);
  assert.equal(answers.get("question", NOW), undefined);
});

test("answers: a change before there was any answer ends none that began after it", () => {
  const answers = new Answers(key);
  comes(answers, note);
  answers.keep("question", [{ kinds: [1] }], answers.changes, KNOWN);
  assert.notEqual(answers.get("question", NOW), undefined);
});

test("answers: they take no more memory than was given", () => {
  const answers = new Answers(key, 1_000); // each of these takes 280 bytes
  for (const question of ["1", "2", "3", "4"]) {
    answers.keep(question, [{ kinds: [0] }], answers.changes, KNOWN);
  }
  assert.deepEqual(["1", "2", "3", "4"].filter((question) => answers.get(question, NOW)), ["2", "3", "4"]);
});

test("answers: none outlives changes that nobody has seen", () => {
  const answers = knowing({ kinds: [0] });
  answers.clear();
  assert.equal(answers.get("question", NOW), undefined);
});

for (
  const [what, filter] of [
    ["a search", { search: { phrases: [], kinds: [1] } as unknown as Filter["search"] }],
    ["a prefix", { authors: ["12"] }],
    ["thousands of authors", { authors: Array<string>(2_001).fill(alice) }],
  ] as const
) {
  test(`answers: one to ${what} is not kept`, () =>
    assert.equal(knowing(filter as Filter).get("question", NOW), undefined));
}

test("answers: one is good until the first of its events expires", () => {
  const answers = knowing({ kinds: [0] });
  assert.notEqual(answers.get("question", 99), undefined);
  assert.equal(answers.get("question", 100), undefined);
});

test("answers: when the clock goes back, what had expired may be there again", () => {
  const answers = knowing({ kinds: [0] });
  assert.notEqual(answers.get("question", 50), undefined);
  assert.equal(answers.get("question", 49), undefined);
});

test("answers: so many changes that they can't be told apart end all", () => {
  const answers = knowing({ kinds: [0] });
  const placement = placementOf(9, note.event, key);
  for (let id = 0; id < 70_000; id++) answers.change({ ...placement, id });
  assert.equal(answers.get("question", NOW), undefined);
});

test("sqlite: an answer that is remembered lacks what expires, from that second on", () => {
  using database = closing(new DatabaseSync(":memory:"));
  migrate(database.held);
  const writer = new Writer(database.held);
  const reader = new Reader(database.held, { events: 1, size: 100_000, milliseconds: 1_000 });
  const expiring = (created_at: number, at: number) =>
    fakeEvent({ kind: 1, created_at, tags: [["expiration", `${at}`]] });
  const lasting = fakeEvent({ kind: 1, created_at: 1 });
  const events = [expiring(4, 40), expiring(3, 20), expiring(2, 30), lasting];
  writer.save(events.map(({ json }) => json));
  let query = 0;
  const ask = (now: number) => {
    const own = ++query;
    const pages = [reader.page(own, now, new WrittenQuestion('{"filters":[{"kinds":[1],"limit":3}]}'))];
    while (!pages.at(-1)!.done) {
      reader.page(++query, now, new WrittenQuestion('{"filters":[{"authors":["12"]}]}')); // looks at all of them
      pages.push(reader.page(own, now));
    }
    return pages.flatMap(({ events }) => events);
  };
  const [a, b, c, d] = events.map(({ json }) => json);
  const good: [now: number, expected: unknown[]][] = [
    [19, [a, b, c]],
    [20, [a, c, d]],
    [30, [a, d]],
    [40, [d]],
    [29, [a, c, d]],
  ];
  for (const [now, expected] of good) {
    assert.deepEqual(ask(now), expected, `at ${now}`);
    assert.deepEqual(ask(now), expected, `at ${now}, again`);
  }
});

test("sqlite: a deleted event is not in an answer that is remembered", () => {
  using database = closing(new DatabaseSync(":memory:"));
  migrate(database.held);
  const writer = new Writer(database.held);
  const reader = new Reader(database.held, { events: 200, size: 100_000, milliseconds: 1_000 });
  const ask = (query: number) =>
    reader.page(query, 0, new WrittenQuestion('{"filters":[{"kinds":[1]}]}')).events.map(idOf);
  writer.save([note.json]);
  assert.deepEqual([ask(1), ask(2)], [[note.event.id], [note.event.id]]);
  writer.save([fakeEvent({ pubkey: alice, kind: 5, tags: [["e", note.event.id]] }).json]);
  assert.deepEqual(ask(3), []);
});
