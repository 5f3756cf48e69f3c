import assert from "node:assert/strict";
import fc from "fast-check";
import { editDistance, nearest } from "../../src/config/nearest.ts";
import { test } from "../harness.ts";

for (
  const [from, to, expected] of [
    ["", "", 0],
    ["", "abc", 3],
    ["port", "prot", 2],
    ["port", "ports", 1],
    ["port", "sort", 1],
    ["kitten", "sitting", 3],
  ] as const
) {
  test(`from "${from}" to "${to}" it takes ${expected} edits`, () =>
    assert.equal(editDistance(from, to), expected));
}

test("distance is the same in both directions, and 0 only between equals", () =>
  fc.assert(fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
    assert.equal(editDistance(a, b), editDistance(b, a));
    assert.equal(editDistance(a, b) === 0, a === b);
  })));

test("a distance never shrinks by a detour", () =>
  fc.assert(
    fc.property(
      fc.string({ maxLength: 6 }),
      fc.string({ maxLength: 6 }),
      fc.string({ maxLength: 6 }),
      (a, b, c) => {
        assert.ok(editDistance(a, c) <= editDistance(a, b) + editDistance(b, c));
      },
    ),
  ));

test("what is mostly different is not offered", () => {
  assert.equal(nearest("prt", ["port", "path"]), "port");
  assert.equal(nearest("grpc", ["info", "limits"]), undefined);
});
