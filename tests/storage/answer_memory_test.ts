import assert from "node:assert/strict";
import fc from "fast-check";
import type { Filter } from "../../src/protocol/filter.ts";
import { Privacy } from "../../src/protocol/privacy.ts";
import { AnswerMemory } from "../../src/storage/postgres/answer_memory.ts";
import { changed, read, written } from "../../src/storage/postgres/changed.ts";
import type { EventKeys } from "../../src/storage/keys.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const NOW = 1_000;
const ANSWER = { seqs: [3], ids: hex(3), more: false, goodFrom: NOW, goodUntil: Infinity };
const NOTES: Filter = { kinds: [1] };

const kind = fc.nat(65_535);
const hexText = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 });

const [note, profile] = [1, 0].map((kind) => [changed(fakeEvent({ kind }).event)]) as [
  EventKeys[],
  EventKeys[],
];

/** Told of all commits up to 10, it knows the answer for notes. */
function knowing({ longest = Infinity, filter = NOTES } = {}): AnswerMemory {
  const memory = new AnswerMemory(longest);
  memory.restart(10);
  memory.ask([filter], false, NOW).keep(ANSWER);
  return memory;
}

const knows = (memory: AnswerMemory, now = NOW) => memory.ask([NOTES], false, now).known !== undefined;

test("answer memory: a commit ends the answers that it could change, and no others", () => {
  const memory = knowing();
  memory.change(10, 11, profile);
  assert.equal(knows(memory), true);
  memory.change(11, 12, note);
  assert.equal(knows(memory), false);
});

test("answer memory: who asks for more than was asked before is not given that answer", () => {
  assert.equal(knowing().ask([NOTES], true, NOW).known, undefined);
});

test("answer memory: it reaches as far as all commits were told of, in whatever order", () => {
  const memory = knowing();
  const reach = () => [10, 11, 13, 14, 15].filter((seq) => memory.reaches(seq)).at(-1);
  memory.change(13, 14, profile);
  memory.change(11, 13, profile);
  assert.equal(reach(), 10);
  memory.change(10, 11, profile);
  assert.equal(reach(), 14);
  memory.change(14, 15, profile);
  memory.change(14, 15, profile); // told twice
  assert.equal(reach(), 15);
  assert.equal(knows(memory), true);
});

test("answer memory: a commit ends answers though its number seems to be known, as after a failover", () => {
  const memory = knowing();
  memory.change(8, 9, note);
  assert.equal(knows(memory), false);
});

test("answer memory: thousands of commits that are told of twice, or missed, leave nothing behind", () => {
  const memory = knowing();
  for (let seq = 10; seq < 2_010; seq++) for (const _ of [1, 2]) memory.change(seq, seq + 1, profile);
  assert.equal(knows(memory), true);
  for (let seq = 2_010; seq < 5_010; seq += 3) {
    memory.change(seq + 1, seq + 2, profile);
    memory.reach(seq + 3);
  }
  memory.ask([NOTES], false, NOW).keep(ANSWER);
  memory.change(5_010, 5_011, profile);
  assert.equal(knows(memory), true);
});

test("answer memory: what changes while the answer is being found ends it", () => {
  const memory = knowing();
  const asked = memory.ask([NOTES], false, NOW);
  memory.change(10, 11, note);
  asked.keep(ANSWER);
  assert.equal(knows(memory), false);
});

test("answer memory: commits that nobody told of may have changed anything", () => {
  const memory = knowing();
  memory.change(12, 13, profile);
  memory.reach(11);
  assert.equal(knows(memory), false);
  assert.equal(memory.reaches(12), false);
  memory.reach(12);
  assert.equal(memory.reaches(13), true, "what was told of beyond goes on from there");
});

test("answer memory: one commit that nobody tells of is given up when a thousand others came", () => {
  const memory = knowing();
  for (let seq = 11; seq < 1_100; seq++) memory.change(seq, seq + 1, profile);
  assert.equal(knows(memory), false);
  assert.equal(memory.reaches(1_100), true);
});

test("answer memory: a commit of which nobody can tell what it changed ends all answers", () => {
  const memory = knowing();
  memory.change(10, 510, undefined);
  assert.equal(knows(memory), false);
  assert.equal(memory.reaches(510), true);
});

test("what a commit has changed is told in a notification, and read from it", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ digits: hexText, kind, values: fc.array(fc.string()) })), (events) => {
      const changes = events.map(({ digits, kind, values }) =>
        changed(fakeEvent({ pubkey: digits, kind, tags: values.map((value) => ["t", value]) }).event)
      );
      const text = written(changes);
      assert.match(text, /^[\w,-]*$/);
      assert.deepEqual(read(text), changes);
    }),
  );
});

test("what a commit has changed is told of 900 tags, and of no more than a notification holds", () => {
  const tagged = (tags: number) =>
    changed(fakeEvent({ tags: Array.from({ length: tags }, (_, n) => ["p", `${n}`]) }).event);
  assert.deepEqual(read(written([tagged(900)])), [tagged(900)]);
  for (const changes of [[tagged(1_000)], Array(500).fill(tagged(0))]) {
    assert.equal(read(written(changes)), undefined);
  }
  for (let events = 1; events < 500; events++) {
    assert.ok(written(Array(events).fill(tagged(0))).length < 7_900);
  }
  assert.equal(read(undefined), undefined, "of relays that tell nothing");
});

test("answer memory: on a new connection nothing is known", () => {
  const memory = knowing();
  memory.restart(10);
  assert.equal(knows(memory), false);
  memory.change(12, 19, profile);
  memory.restart(5);
  memory.change(5, 12, profile);
  assert.equal(memory.upTo, 12);
});

test("answer memory: after a while all is forgotten at a beat", () => {
  for (const longest of [Infinity, -1]) {
    const memory = knowing({ longest });
    memory.reach(10);
    assert.equal(knows(memory), longest === Infinity);
  }
});

test("answer memory: when the clock goes back, what had expired may be there again", () => {
  const memory = knowing();
  assert.equal(knows(memory, NOW), true);
  assert.equal(knows(memory, NOW - 1), false);
});

test("answer memory: who becomes another reader meanwhile leaves the answer to those who are not", () => {
  const readers = new Set<string>();
  const filter = { ...NOTES, privacy: new Privacy(new Set([4]), readers) };
  const memory = knowing({ filter });
  const ask = () => memory.ask([filter], false, NOW);
  const asked = ask();
  readers.add(hex(1));
  assert.deepEqual(asked.filters[0]!.privacy!.readers, new Set());
  assert.equal(ask().known, undefined);
  asked.keep({ ...ANSWER, more: true });
  assert.equal(ask().known, undefined);
  readers.clear();
  assert.equal(ask().known!.more, true);
});
