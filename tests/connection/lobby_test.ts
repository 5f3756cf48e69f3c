import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { type Guest, Lobby } from "../../src/connection/lobby.ts";
import { test } from "../harness.ts";

const FAR = 3_600_000;

/** Guests 0, 1, 2 …, and who of them has begun. */
function visited({ most = 2, look = FAR, patience = FAR, howMany = 5 } = {}) {
  const lobby = new Lobby({ most, look, patience });
  const begun: number[] = [];
  const guests = Array.from({ length: howMany }, (_, n): Guest => ({
    begin() {
      begun.push(n);
      lobby.began(this);
    },
  }));
  return { lobby, begun, guests };
}

test("Lobby: so many begin at once, and each first answer lets in who has waited longest", () => {
  const { lobby, begun, guests } = visited();
  for (const guest of guests) lobby.enter(guest);
  assert.deepEqual(begun, [0, 1]);
  lobby.answered(guests[1]!);
  lobby.answered(guests[1]!); // the second answer
  assert.deepEqual(begun, [0, 1, 2]);
  for (const at of [0, 2]) lobby.answered(guests[at]!);
  assert.deepEqual(begun, [0, 1, 2, 3, 4]);
});

test("Lobby: who has begun without being let in takes a place too", () => {
  const { lobby, begun, guests } = visited();
  for (const at of [0, 1]) lobby.began(guests[at]!);
  lobby.enter(guests[2]!);
  assert.deepEqual(begun, []);
  lobby.answered(guests[0]!);
  assert.deepEqual(begun, [2]);
});

test("Lobby: a guest who is gone when its turn comes takes no place from the next", () => {
  const { lobby, begun, guests } = visited({ most: 1 });
  const gone: Guest = { begin() {} };
  for (const guest of [guests[0]!, gone, guests[1]!]) lobby.enter(guest);
  lobby.answered(guests[0]!);
  assert.deepEqual(begun, [0, 1]);
});

test("Lobby: where nobody is answered any more, nobody waits for that", async () => {
  const { lobby, begun, guests } = visited({ look: 1, howMany: 10 });
  for (const guest of guests.slice(0, 5)) lobby.enter(guest);
  for (const guest of guests.slice(0, 3)) lobby.answered(guest);
  assert.deepEqual(begun, [0, 1, 2, 3, 4]);
  for (const guest of guests.slice(5)) lobby.enter(guest);
  for (const until = Date.now() + 5_000; begun.length < 10 && Date.now() < until;) await nextTurn();
  assert.deepEqual(begun, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("Lobby: who gets no answer keeps nobody waiting for ever, while others do get theirs", async () => {
  const { lobby, begun, guests } = visited({ look: 1, patience: 3, howMany: 10_000 });
  for (const guest of guests) lobby.enter(guest);
  let answered = 0; // the first guest never is
  for (; begun.length <= answered + 2 && answered < 9_000; await nextTurn()) {
    lobby.answered(guests[++answered]!);
  }
  assert.ok(begun.length > answered + 2, "nobody has begun beside those who were let in by an answer");
  for (let n = 0; n < 2; n++) for (const guest of guests) lobby.answered(guest);
});

test("Lobby: whoever comes, is answered or begins unasked: in turn, no more than may, and nobody left out", () => {
  const step = fc.tuple(fc.constantFrom("enter", "answer", "begin"), fc.nat(9));
  fc.assert(fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60 }), (most, steps) => {
    const { lobby, begun, guests } = visited({ most, howMany: 10 });
    let waiting: number[] = [], noted = 0;
    const unanswered = new Set<number>();
    for (const [what, n] of steps) {
      if (what === "enter" && !waiting.includes(n)) {
        waiting.push(n);
        lobby.enter(guests[n]!);
      } else if (what === "answer") {
        unanswered.delete(n);
        lobby.answered(guests[n]!);
      } else if (what === "begin") {
        unanswered.add(n);
        lobby.began(guests[n]!);
      }
      for (; noted < begun.length; noted++) {
        assert.ok(unanswered.size < most, "there was room");
        assert.equal(begun[noted], waiting[0], "it had waited longest");
        waiting = waiting.slice(1);
        unanswered.add(begun[noted]!);
      }
      const mayWait = unanswered.size >= most || what === "begin";
      assert.ok(waiting.length === 0 || mayWait, "nobody waits beside a free place");
    }
    for (let n = 0; n < guests.length; n++) for (const guest of guests) lobby.answered(guest);
    assert.deepEqual(begun.slice(noted), waiting);
  }));
});
