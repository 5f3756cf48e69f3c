import assert from "node:assert/strict";
import { hash } from "node:crypto";
import fc from "fast-check";
import { hexKey } from "../../src/storage/keys.ts";
import { KnownIds } from "../../src/storage/sqlite/known_ids.ts";
import { test } from "../harness.ts";

const id = (of: number) => hash("sha256", String(of));

test("an id that was added, by itself or by its key, is never called unknown", () =>
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.array(fc.nat()), (ids, keys) => {
      const known = new KnownIds();
      for (const number of ids) known.add(id(number));
      for (const number of keys) known.addKey(hexKey(id(number)));
      assert.ok([...ids, ...keys].every((number) => known.mayHave(id(number))));
    }),
    { numRuns: 30 },
  ));

test("an id is new for certain once, and only when all were learnt without it", () =>
  fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(), { minLength: 3 }),
      fc.array(fc.nat(), { maxLength: 40 }),
      async ([early, stored, later], others) => {
        const known = new KnownIds();
        assert.equal(known.add(id(early!)), false);
        await known.learn(() => Promise.resolve(Float64Array.of(hexKey(id(stored!)))));
        for (const number of [early!, stored!]) assert.equal(known.add(id(number)), false);
        assert.deepEqual([known.add(id(later!)), known.add(id(later!))], [true, false]);
        for (const number of others) assert.equal(known.mayHave(id(number)), !known.add(id(number)));
      },
    ),
    { numRuns: 30 },
  ));

test("of unknown ids hardly one in ten thousand is looked up in vain at 300,000 known ones", () => {
  const known = new KnownIds();
  for (let number = 0; number < 300_000; number++) known.add(id(number));
  let inVain = 0;
  for (let number = 0; number < 20_000; number++) if (known.mayHave(id(-1 - number))) inVain++;
  assert.ok(inVain < 3, `${inVain} of 20,000`);
});
