import assert from "node:assert/strict";
import { Shelf } from "../../src/subscription/shelf.ts";
import { test } from "../harness.ts";

function under(shelf: Shelf<string, object>, value: string): object[] {
  const found: object[] = [];
  shelf.visit(value, (thing) => found.push(thing));
  return found;
}

test("a shelf gives what is filed under a value, each once, whether one or several", () => {
  const shelf = new Shelf<string, object>();
  const [a, b] = [{ name: "a" }, { name: "b" }];
  shelf.add("x", a);
  shelf.add("x", a);
  assert.deepEqual(under(shelf, "x"), [a]);
  shelf.add("x", b);
  assert.deepEqual(under(shelf, "x"), [a, b]);
  shelf.remove("x", a);
  assert.deepEqual(under(shelf, "x"), [b]);
});

test("a shelf keeps nothing of what was removed", () => {
  const shelf = new Shelf<string, object>();
  const [a, b] = [{ name: "a" }, { name: "b" }];
  for (const thing of [a, b]) shelf.add("x", thing);
  shelf.add("y", a);
  shelf.remove("y", b); // never there
  for (const thing of [a, b]) for (const value of ["x", "y"]) shelf.remove(value, thing);
  assert.equal(shelf.size, 0);
});
