import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Slices, type Steps } from "../../src/flow/steps.ts";
import { test } from "../harness.ts";

/** Takes its time for each step, so that few fit into a slice. */
function* slow(steps: number, taken: () => void = () => {}): Steps<string> {
  for (let n = 0; n < steps; n++) {
    const end = performance.now() + 1;
    while (performance.now() < end);
    taken();
    yield;
  }
  return "done";
}

/** Is done, or fails, in its first step. */
// deno-lint-ignore require-yield -- that is what it is about
function* atOnce(taken: () => void, failure?: Error): Steps<string> {
  const end = performance.now() + 1;
  while (performance.now() < end);
  taken();
  if (failure) throw failure;
  return "done";
}

const signal = new AbortController().signal;

test("Slices: timers and sockets have their turn between two slices, however many work, and for how short", async () => {
  const slices = new Slices();
  let steps = 0, turns = 0, working = true;
  const amounts = [40, 40, 40, ...Array(50).fill(1)];
  const work = Promise.all([
    ...amounts.map((amount) => slices.run(slow(amount, () => steps++), signal)),
    ...amounts.map(() => slices.run(atOnce(() => steps++), signal)),
    ...amounts.map(() => slices.run(atOnce(() => steps++, new Error("broken")), signal).catch(() => "done")),
  ]);
  const others = (async () => {
    for (; working; turns++) {
      const before = steps;
      await nextTurn();
      assert.ok(steps - before <= 10, `${steps - before} steps of 1 ms in one turn`);
    }
  })();
  assert.deepEqual(new Set(await work), new Set(["done"]));
  working = false;
  await others;
  assert.ok(turns > 12, `${turns} turns`);
});

test("Slices: an abort ends the work at its next slice, and that of who waits; others go on", async () => {
  const slices = new Slices(), abort = new AbortController(), reason = new Error("gone");
  const first = slices.run(slow(1_000, () => abort.abort(reason)), abort.signal);
  const waiting = slices.run(slow(1), abort.signal);
  const other = slices.run(slow(20), signal);
  const ends = await Promise.allSettled([first, waiting, other]);
  const gone = { status: "rejected", reason };
  assert.deepEqual(ends, [gone, gone, { status: "fulfilled", value: "done" }]);
});

test("Slices: what fails does not keep the next from its turn", async () => {
  const slices = new Slices();
  const broken = () => {
    throw new Error("broken");
  };
  await assert.rejects(slices.run(slow(1, broken), signal), /broken/);
  assert.equal(await slices.run(slow(2), signal), "done");
});
