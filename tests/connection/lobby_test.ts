import assert from "node:assert/strict";
import fc from "fast-check";
import { type Guest, Lobby, type LobbyBounds, type Timers } from "../../src/connection/lobby.ts";
import { test } from "../harness.ts";

/** Guests 0, 1, 2 …, and who of them has begun. The lobby looks when it is told to. */
function visited({ howMany = 5, ...bounds }: Partial<LobbyBounds> & { howMany?: number } = {}) {
  const { few = 2, most = few } = bounds;
  let next: (() => void) | undefined;
  const timers: Timers = {
    setTimeout(look, milliseconds) {
      assert.equal(next, undefined, "one look at a time");
      assert.equal(milliseconds, 5);
      next = look;
      return 1 as unknown as ReturnType<Timers["setTimeout"]>;
    },
    clearTimeout: () => next = undefined,
  };
  const lobby = new Lobby({ look: 5, patience: 1_000, ...bounds, few, most }, timers);
  const begun: number[] = [];
  const guests = Array.from({ length: howMany }, (_, n): Guest => ({
    begin() {
      begun.push(n);
      lobby.began(this);
    },
  }));
  /** Lets it look, and answers how many have begun. */
  const look = () => {
    const due = next;
    next = undefined;
    due?.();
    return begun.length;
  };
  return { lobby, begun, guests, look };
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
  lobby.enter(guests[0]!); // waits for another look: the one that was to come has been called off
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
  const { lobby, begun, guests } = visited({ few: 1 });
  const gone: Guest = { begin() {} };
  for (const guest of [guests[0]!, gone, guests[1]!]) lobby.enter(guest);
  lobby.answered(guests[0]!);
  assert.deepEqual(begun, [0, 1]);
});

test("Lobby: where nobody is answered any more, nobody waits for that", () => {
  const { lobby, guests, look } = visited({ howMany: 10 });
  for (const guest of guests) lobby.enter(guest);
  const answered = guests.slice(0, 3).map((guest) => (lobby.answered(guest), look()));
  assert.deepEqual(answered, [3, 4, 5]);
  assert.deepEqual([look(), look(), look(), look()], [5, 7, 7, 9]);
});

test("Lobby: it looks by itself", async () => {
  const lobby = new Lobby({ few: 1, most: 1, look: 1, patience: 9 });
  const last = Promise.withResolvers<void>();
  for (const begun of [() => {}, () => {}, last.resolve]) {
    lobby.enter({
      begin() {
        lobby.began(this);
        begun();
      },
    });
  }
  await last.promise;
});

for (
  const [rule, coming, seen] of [
    ["as many come as may begin, the silence of the store means nothing", 2, [2, 2, 2, 2]],
    ["fewer come, nobody waits for an answer to others", 1, [2, 6, 6, 8]],
  ] as const
) {
  test(`Lobby: while ${rule}`, () => {
    const { lobby, guests, look } = visited({ most: 4, howMany: 4 + 4 * coming });
    for (const guest of guests.slice(0, 4)) lobby.enter(guest);
    look();
    const counts = seen.map((_, n) => {
      for (const guest of guests.slice(4 + n * coming, 4 + (n + 1) * coming)) lobby.enter(guest);
      return look();
    });
    assert.deepEqual(counts, seen);
  });
}

test("Lobby: of a slow store ever more wait, up to a bound, until nobody is left at the door", () => {
  const { lobby, begun, guests, look } = visited({ few: 2, most: 8, howMany: 35 });
  for (const guest of guests.slice(0, 30)) lobby.enter(guest);
  look(); // they have only just come
  const seen = Array.from({ length: 4 }, () => (look(), look()));
  assert.deepEqual(seen, [2 + 4, 6 + 8, 14 + 8, 22 + 8]);
  for (const guest of guests) lobby.answered(guest);
  for (const guest of guests.slice(30)) lobby.enter(guest);
  assert.deepEqual(begun.slice(30), [30, 31]);
});

test("Lobby: who gets no answer keeps nobody waiting for ever, while others do get theirs", () => {
  const { lobby, begun, guests, look } = visited({ patience: 3, howMany: 20 });
  for (const guest of guests) lobby.enter(guest);
  const seen = Array.from({ length: 6 }, () => {
    lobby.answered(guests[begun.length - 1]!); // the first never is
    return look();
  });
  assert.deepEqual(seen, [3, 4, 5 + 2, 8, 9, 10 + 2]); // one for each answer, and more at each third look
});

test("Lobby: whoever comes, is answered or begins unasked: in turn, no more than may, and nobody left out", () => {
  const step = fc.tuple(fc.constantFrom("enter", "answer", "begin"), fc.nat(9));
  fc.assert(fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60 }), (most, steps) => {
    const { lobby, begun, guests } = visited({ few: most, howMany: 10 });
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
