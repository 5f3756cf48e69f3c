import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { Channel } from "../../src/flow/channel.ts";
import { select, type Source } from "../../src/flow/select.ts";
import { Shortcut } from "../../src/flow/shortcut.ts";
import { test } from "../harness.ts";

/** A select over a shortcut and another channel, and what comes by either way, in its order. */
function setUp() {
  const stop = new AbortController();
  const other = new Channel<number>(1);
  const passage = { open: true, most: Infinity };
  const passed: number[][] = [], selected: number[][] = [], all: number[] = [];
  const pass = (items: Source<number>): boolean => {
    if (!passage.open) return false;
    passed.push(items.take(passage.most));
    all.push(...passed.at(-1)!);
    return true;
  };
  const channel = new Shortcut<number>({ pass }, Infinity);
  const done = (async () => {
    for await (const batch of select(stop.signal, other, channel)) {
      selected.push(batch);
      all.push(...batch);
    }
  })();
  const end = async () => {
    stop.abort();
    await done;
  };
  return { channel, other, passage, passed, selected, all, end };
}

test("Shortcut: while the select sleeps, what comes together goes past it together", async () => {
  const { channel, passed, selected, end } = setUp();
  await nextTurn();
  for (const item of [1, 2]) channel.push(item);
  await nextTurn();
  channel.push(3);
  await nextTurn();
  assert.deepEqual([passed, selected], [[[1, 2], [3]], []]);
  await end();
});

test("Shortcut: what comes to a select that is awake waits behind what came before", async () => {
  const { channel, other, passed, selected, end } = setUp();
  await nextTurn();
  other.push(1);
  channel.push(2);
  await nextTurn();
  assert.deepEqual([passed, selected], [[], [[1], [2]]]);
  await end();
});

test("Shortcut: a select that wakes before what has come is passed takes it itself", async () => {
  const { channel, other, passed, selected, end } = setUp();
  await nextTurn();
  channel.push(2);
  other.push(1);
  await nextTurn();
  assert.deepEqual([passed, selected], [[], [[1], [2]]]);
  await end();
});

test("Shortcut: what is not passed, or left over, wakes the select", async () => {
  const { channel, passage, passed, selected, end } = setUp();
  await nextTurn();
  passage.open = false;
  channel.push(1);
  await nextTurn();
  assert.deepEqual(selected, [[1]]);
  Object.assign(passage, { open: true, most: 2 });
  for (const item of [2, 3, 4]) channel.push(item);
  await nextTurn();
  assert.deepEqual([passed, selected], [[[2, 3]], [[1], [4]]]);
  await end();
});

test("Shortcut: nothing is passed once the select has ended", async () => {
  const { channel, passed, end } = setUp();
  await nextTurn();
  channel.push(1);
  await end();
  channel.push(2);
  await nextTurn();
  assert.deepEqual([passed, channel.size], [[], 2]);
});

test("Shortcut: all comes once and in its order, whichever way is open when", async () => {
  const happening = fc.oneof(
    fc.record({ push: fc.nat(100) }),
    fc.record({ wait: fc.nat(6) }),
    fc.record({ open: fc.boolean(), most: fc.integer({ min: 1, max: 9 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 40 }), async (happenings) => {
      const { channel, passage, all, end } = setUp();
      let pushed = 0;
      for (const happens of happenings) {
        if ("push" in happens) { for (let n = 0; n < happens.push; n++) channel.push(pushed++); }
        else if ("open" in happens) Object.assign(passage, happens);
        else for (let n = 0; n < happens.wait; n++) await Promise.resolve();
      }
      while (channel.size > 0) await nextTurn();
      await nextTurn();
      await end();
      assert.deepEqual(all, Array.from({ length: pushed }, (_, n) => n));
    }),
  );
});
