import assert from "node:assert/strict";
import fc from "fast-check";
import { matcher, readFilter } from "../../src/protocol/filter.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const read = (given: unknown) => readFilter(given, { andTags: true }).tags;
const t = (...values: string[]) => ({ name: "t", values });

for (
  const [rule, given, expected] of [
    ["each value is a condition of its own", { "&t": ["a", "b"] }, [t("a"), t("b")]],
    ["a value demanded twice is one", { "&t": ["a", "a"] }, [t("a")]],
    ["what is demanded is ignored under #", { "&t": ["a"], "#t": ["a", "b", "c"] }, [t("a"), t("b", "c")]],
    ["also when nothing else is under #", { "&t": ["a", "b"], "#t": ["b", "a"] }, [t("a"), t("b")]],
    ["whichever key comes first", { "#t": ["a", "b"], "&t": ["a"] }, [t("a"), t("b")]],
    ["other letters keep theirs", { "&t": ["a"], "#T": ["a"] }, [t("a"), { name: "T", values: ["a"] }]],
    ["an empty & list matches nothing, as every empty list", { "&t": [] }, [t()]],
    ["so does an empty # list beside &", { "&t": ["a"], "#t": [] }, [t("a"), t()]],
    ["ids and public keys are whole", { "&e": [hex(1)], "&p": [hex(2)] }, [
      { name: "e", values: [hex(1)] },
      { name: "p", values: [hex(2)] },
    ]],
  ] as const
) {
  test(`&: ${rule}`, () => assert.deepEqual(read(given), expected));
}

for (
  const [rule, given, expected] of [
    ["a value that is no string", { "&t": [1] }, /^each of &t must be a string/],
    ["a value of &e that is no id", { "&e": ["x"] }, /^each of &e must be 64/],
    ["a value for a list", { "&t": "x" }, /^&t must be an array/],
    ["a tag of several letters", { "&alt": ["x"] }, /knows no filter key "&alt"/],
    ["more than 32 values in all", {
      "&t": Array.from({ length: 20 }, (_, n) => `${n}`),
      "&T": Array.from({ length: 13 }, (_, n) => `${n}`),
    }, /demands 33 tags with &; at most 32 are accepted/],
  ] as const
) {
  test(`&: refused: ${rule}`, () => assert.throws(() => read(given), { message: expected }));
}

test("&: an unknown key where the operator has switched it off", () => {
  assert.throws(() => readFilter({ "&t": ["x"] }), { prefix: "unsupported", message: /"&t"/ });
});

test("&: an event passes when it has all of &, and of # what is not in & too, one", () => {
  const letters = fc.constantFrom("a", "b", "c", "d");
  const some = fc.array(letters, { minLength: 1, maxLength: 3 });
  let passed = 0;
  const runs = 2_000;
  fc.assert(
    fc.property(some, fc.option(some), fc.array(letters, { maxLength: 5 }), (all, any, held) => {
      const { event } = fakeEvent({ tags: held.map((value) => ["t", value]) });
      const filter = readFilter({ "&t": all, ...(any && { "#t": any }) }, { andTags: true });
      const rest = any?.filter((value) => !all.includes(value)) ?? [];
      const passes = all.every((value) => held.includes(value)) &&
        (rest.length === 0 || rest.some((value) => held.includes(value)));
      if (passes) passed++;
      assert.equal(matcher(filter)(event), passes);
    }),
    { numRuns: runs },
  );
  assert.ok(passed > runs / 20, `${passed} passed: the property says little`);
});
