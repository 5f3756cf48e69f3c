import fc from "fast-check";
import assert from "node:assert/strict";
import { TokenBucket } from "../../src/flow/token_bucket.ts";
import { test } from "../harness.ts";

function bucket(capacity: number, perSecond: number) {
  const clock = { now: 1_000 };
  return { clock, bucket: new TokenBucket(capacity, perSecond, () => clock.now) };
}

test("a full bucket lets its capacity through at once", () => {
  const { bucket: full } = bucket(3, 1);
  assert.deepEqual([full.take(), full.take(), full.take(), full.take()], [0, 0, 0, 1]);
});

test("tokens come back with time, never more than the capacity", () => {
  const { clock, bucket: rested } = bucket(2, 10);
  rested.take();
  clock.now += 60_000;
  assert.deepEqual([rested.take(), rested.take()], [0, 0]);
  assert.ok(rested.take() > 0);
});

test("asking too early takes nothing", () => {
  const { clock, bucket: hasty } = bucket(1, 1);
  hasty.take();
  for (let n = 0; n < 10; n++) assert.equal(hasty.take(), 1);
  clock.now += 1_000;
  assert.equal(hasty.take(), 0);
});

test("a clock that steps back gives nothing and takes nothing", () => {
  const { clock, bucket: confused } = bucket(2, 1);
  clock.now -= 5_000;
  assert.deepEqual([confused.take(), confused.take(), confused.take()], [0, 0, 1]);
});

test("who waits as long as told gets a token", () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 100 }), (capacity, perSecond) => {
      const { clock, bucket: asked } = bucket(capacity, perSecond);
      for (let n = 0; n < 3 * capacity; n++) {
        const seconds = asked.take();
        if (seconds === 0) continue;
        clock.now += seconds * 1_000;
        assert.equal(asked.take(), 0);
      }
    }),
  ));

test("in any time, no more passes than the capacity and what came back", () =>
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 500 })), (pauses) => {
      const { clock, bucket: asked } = bucket(5, 20);
      let passed = 0;
      for (const pause of pauses) {
        clock.now += pause;
        if (asked.take() === 0) passed++;
      }
      assert.ok(passed <= 5 + (clock.now - 1_000) / 1_000 * 20 + 1e-6);
    }),
  ));
