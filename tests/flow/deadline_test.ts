import assert from "node:assert/strict";
import { Deadline } from "../../src/flow/deadline.ts";
import { unlessAborted } from "../../src/flow/unless_aborted.ts";
import { test } from "../harness.ts";

const never = new Promise<void>(() => {});
const late = () => new Error("late");

test("deadline: aborts after its time, with the reason that is made then", async () => {
  using deadline = new Deadline(1, late);
  await assert.rejects(unlessAborted(never, deadline.signal), /late/);
});

test("deadline: aborts with the first of its parents, and has its reason", () => {
  const first = new AbortController(), second = new AbortController();
  using deadline = new Deadline(Infinity, late, first.signal, undefined, second.signal);
  assert.equal(deadline.signal.aborted, false);
  second.abort("second");
  first.abort("first");
  assert.equal(deadline.signal.reason, "second");
});

test("deadline: a parent that has aborted already has done so for it", () => {
  using deadline = new Deadline(1_000, late, AbortSignal.abort("before"));
  assert.equal(deadline.signal.reason, "before");
});

test("deadline: once disposed it aborts no more", () => {
  const parent = new AbortController();
  const { signal } = (() => {
    using deadline = new Deadline(1_000, late, parent.signal);
    return deadline;
  })();
  parent.abort("after");
  assert.equal(signal.aborted, false);
});
