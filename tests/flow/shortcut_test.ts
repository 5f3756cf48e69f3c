import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { Channel } from "../../src/flow/channel.ts";
import { select, type Source, type Waker } from "../../src/flow/select.ts";
import { Shortcut } from "../../src/flow/shortcut.ts";
import { test } from "../harness.ts";

/** A channel that tells whether a select sleeps over it. */
class Watched extends Channel<number> {
  armed = false;

  override arm(waker: Waker | undefined): void {
    this.armed = waker !== undefined;
    super.arm(waker);
  }
}

/** A select over a shortcut and another channel, and what comes by either way, in its order. */
function setUp() {
  const stop = new AbortController();
  const other = new Watched(1);
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
  /** By a turn of the loop, or several: on a slow machine the select's time slice ends between any two batches. */
  const asleep = async () => {
    do await nextTurn(); while (!other.armed);
  };
  const end = async () => {
    stop.abort();
    await done;
  };
  return { channel, other, passage, passed, selected, all, asleep, end };
}

test("Shortcut: while the select sleeps, what comes together goes past it together", async () => {
  const { channel, passed, selected, asleep, end } = setUp();
  await asleep();
  for (const item of [1, 2]) channel.push(item);
  await asleep();
  channel.push(3);
  await asleep();
  assert.deepEqual([passed, selected], [[[1, 2], [3]], []]);
  await end();
});

test("Shortcut: what comes to a select that is awake waits behind what came before", async () => {
  const { channel, other, passed, selected, asleep, end } = setUp();
  await asleep();
  other.push(1);
  channel.push(2);
  await asleep();
  assert.deepEqual([passed, selected], [[], [[1], [2]]]);
  await end();
});

test("Shortcut: a select that wakes before what has come is passed takes it itself", async () => {
  const { channel, other, passed, selected, asleep, end } = setUp();
  await asleep();
  channel.push(2);
  other.push(1);
  await asleep();
  assert.deepEqual([passed, selected], [[], [[1], [2]]]);
  await end();
});

test("Shortcut: what is not passed, or left over, wakes the select", async () => {
  const { channel, passage, passed, selected, asleep, end } = setUp();
  await asleep();
  passage.open = false;
  channel.push(1);
  await asleep();
  assert.deepEqual(selected, [[1]]);
  Object.assign(passage, { open: true, most: 2 });
  for (const item of [2, 3, 4]) channel.push(item);
  await asleep();
  assert.deepEqual([passed, selected], [[[2, 3]], [[1], [4]]]);
  await end();
});

test("Shortcut: nothing is passed once the select has ended", async () => {
  const { channel, passed, asleep, end } = setUp();
  await asleep();
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
      const { channel, passage, all, asleep, end } = setUp();
      let pushed = 0;
      for (const happens of happenings) {
        if ("push" in happens) { for (let n = 0; n < happens.push; n++) channel.push(pushed++); }
        else if ("open" in happens) Object.assign(passage, happens);
        else for (let n = 0; n < happens.wait; n++) await Promise.resolve();
      }
      while (channel.size > 0) await nextTurn();
      await asleep();
      await end();
      assert.deepEqual(all, Array.from({ length: pushed }, (_, n) => n));
    }),
  );
});
