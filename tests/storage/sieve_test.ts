import assert from "node:assert/strict";
import fc from "fast-check";
import { Sieve } from "../../src/storage/sieve.ts";
import { MISTAKES, stillKept } from "../fixtures/kept.ts";
import { test } from "../harness.ts";

/** Room for four values, each of which counts one. */
const four = () => new Sieve<string, string>(4, () => 1);

const kept = (sieve: Sieve<string, string>, keys: string): string =>
  [...keys].filter((key) => sieve.get(key) !== undefined).join("");

function set(sieve: Sieve<string, string>, keys: string): void {
  for (const key of keys) sieve.set(key, key.toUpperCase());
}

test("sieve: a value is found by its key, and so is what has taken its place", () => {
  const sieve = four();
  sieve.set("a", "A");
  assert.equal(sieve.get("a"), "A");
  sieve.set("a", "other");
  assert.equal(sieve.get("a"), "other");
  assert.equal(sieve.get("b"), undefined);
});

test("sieve: where there is no room the oldest goes that was not used", () => {
  const sieve = four();
  set(sieve, "abcd");
  sieve.get("a");
  sieve.get("c");
  set(sieve, "ef");
  assert.equal(kept(sieve, "abcdef"), "acef");
});

test("sieve: what was used is spared once, and then has to be used again", () => {
  const sieve = four();
  set(sieve, "abcd");
  for (const key of "abcd") sieve.get(key);
  set(sieve, "e"); // all were used: the hand comes round, and finds the first unused since
  assert.equal(kept(sieve, "abcde"), "bcde");
});

test("sieve: the hand goes on where it was, to what is newer", () => {
  const sieve = four();
  set(sieve, "abcd");
  sieve.get("a"); // spared, and behind the hand from then on
  set(sieve, "ef"); // in place of b and c
  set(sieve, "gh"); // of d and e, before a has its turn
  assert.equal(kept(sieve, "abcdefgh"), "afgh");
});

test("sieve: what nobody asks for any more goes, though it was used before, if others are asked for in turns", () => {
  const sieve = four();
  set(sieve, "abcd");
  for (const key of "abc") sieve.get(key);
  let hits = 0;
  for (const key of "ef".repeat(10)) {
    if (sieve.get(key)) hits++;
    else set(sieve, key);
  }
  assert.equal(hits, 18);
});

test("sieve: what is asked for in turns is kept, however near to the newest the hand has come", () => {
  const sieve = new Sieve<number, number>(100, () => 1);
  const ask = (key: number) => sieve.get(key) ?? sieve.set(key, key);
  for (let key = 0; key < 100; key++) ask(key);
  for (let key = 0; key < 97; key++) ask(key);
  ask(100); // the hand spares 97 and takes the next: two values from the newest
  for (let key = 0; key < 97; key++) ask(key);
  let hits = 0;
  for (let turn = 0; turn < 10; turn++) {
    for (let key = 200; key < 220; key++) if (ask(key) !== undefined) hits++;
  }
  assert.equal(hits, 9 * 20);
});

test("sieve: what counts more than there is room for is not kept, and costs nothing else", () => {
  const sieve = new Sieve<string, string>(4, ({ length }) => length);
  sieve.set("a", "12");
  sieve.set("b", "12345");
  assert.deepEqual(["a", "b"].map((key) => sieve.get(key)), ["12", undefined]);
  sieve.set("a", "12345"); // nor does what was there stay in its name
  assert.equal(sieve.get("a"), undefined);
});

test("sieve: what is deleted or cleared makes room", () => {
  const sieve = four();
  set(sieve, "abcd");
  sieve.delete("b");
  sieve.delete("x");
  set(sieve, "e");
  assert.equal(kept(sieve, "abcde"), "acde");
  sieve.clear();
  assert.ok(sieve.isEmpty);
  set(sieve, "fghi");
  assert.equal(kept(sieve, "acdefghi"), "fghi");
});

for (
  const [how, empty] of [
    ["deleted", (sieve) => {
      for (let n = 50; n < 150; n++) sieve.delete(n);
    }],
    ["cleared", (sieve) => sieve.clear()],
  ] as [string, (sieve: Sieve<number, object>) => void][]
) {
  test(`sieve: nobody keeps what was replaced or ${how}`, async () => {
    const sieve = new Sieve<number, object>(100, () => 1);
    for (let n = 0; n < 150; n++) sieve.set(n, {}); // it is full, and the hand has moved
    const gone: WeakRef<object>[] = [];
    for (let n = 0; n < 1_000; n++) {
      const value = {};
      gone.push(new WeakRef(value));
      sieve.set(50 + n % 100, value);
    }
    empty(sieve);
    assert.ok(await stillKept(gone) <= MISTAKES);
    assert.ok(sieve.isEmpty);
  });
}

type Move = readonly [what: "set" | "get" | "delete" | "clear", key: string, size: number];

const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.tuple(
    fc.constantFrom("set", "set", "set", "get", "get", "delete", "clear"),
    fc.constantFrom(..."abcdefghij"),
    fc.integer({ min: 1, max: 24 }),
  ),
  { maxLength: 80 },
);

/** The same by the book: a list, oldest first, and where the hand is in it. */
class Oracle {
  list: { key: string; size: number; used: boolean; added: number }[] = [];
  hand = 0;
  added = 0;

  constructor(readonly capacity: number) {}

  get(key: string): number | undefined {
    const entry = this.list.find((entry) => entry.key === key);
    if (entry) entry.used = true;
    return entry?.size;
  }

  set(key: string, size: number): void {
    this.delete(key);
    if (size > this.capacity) return;
    while (this.list.reduce((sum, { size }) => sum + size, size) > this.capacity) {
      if (this.added - this.list[this.hand]!.added < this.capacity / 4) this.hand = 0;
      const entry = this.list[this.hand]!;
      if (entry.used) this.#goTo(this.hand + 1);
      else this.delete(entry.key);
      entry.used = false;
    }
    this.list.push({ key, size, used: false, added: this.added += size });
  }

  delete(key: string): void {
    const at = this.list.findIndex((entry) => entry.key === key);
    if (at === -1) return;
    this.list.splice(at, 1);
    this.#goTo(at < this.hand ? this.hand - 1 : this.hand);
  }

  /** Behind the newest it begins anew. */
  #goTo(at: number): void {
    this.hand = at < this.list.length ? at : 0;
  }

  clear(): void {
    for (const { key } of [...this.list]) this.delete(key);
  }
}

test("sieve: it keeps what a list would keep that is searched by hand, and no more than there is room for", () => {
  fc.assert(
    fc.property(moves, (moves) => {
      const sieve = new Sieve<string, number>(20, (size) => size), oracle = new Oracle(20);
      for (const [what, key, size] of moves) {
        if (what === "set") [sieve, oracle].forEach((each) => each.set(key, size));
        else if (what === "get") assert.equal(sieve.get(key), oracle.get(key));
        else if (what === "delete") [sieve, oracle].forEach((each) => each.delete(key));
        else [sieve, oracle].forEach((each) => each.clear());
      }
      for (const key of "abcdefghij") assert.equal(sieve.get(key), oracle.get(key), key);
      assert.equal(sieve.isEmpty, oracle.list.length === 0);
    }),
    { numRuns: 2_000 },
  );
});
