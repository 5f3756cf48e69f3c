import assert from "node:assert/strict";
import fc from "fast-check";
import { parts, type Window, windowOf, within } from "../../src/sync/windows.ts";
import { test } from "../harness.ts";

const NOW = 1_800_000_000;

test("windows: parts meet without a gap, cover the whole, and each is smaller", () => {
  const second = fc.oneof(fc.nat(10), fc.integer({ min: 0, max: 2 ** 33 }), fc.constant(NOW));
  fc.assert(
    fc.property(second, fc.oneof(second, fc.constant(Infinity)), (since, length) => {
      const window = { since, until: since + length }, halves = parts(window, NOW);
      if (length === 0) return assert.equal(halves, undefined);
      const [first, last] = halves!;
      assert.deepEqual([first.since, last.until], [window.since, window.until]);
      assert.equal(first.until + 1, last.since);
      assert.ok(first.since <= first.until && last.since <= last.until);
    }),
  );
});

test("windows: any second is reached from all of time within a few dozen steps", () => {
  for (const second of [0, 1, 1_603_999_999, 1_604_000_000, 1_700_000_000, NOW, NOW + 1, 2 ** 40]) {
    let window: Window = windowOf({}), steps = 0;
    for (let halves = parts(window, NOW); halves; halves = parts(window, NOW)) {
      window = halves.find(({ since, until }) => since <= second && second <= until)!;
      assert.ok(++steps < 90, `${steps} steps`);
    }
    assert.deepEqual(window, { since: second, until: second });
  }
});

test("windows: a filter names only the ends that there are", () => {
  assert.deepEqual(within({ kinds: [1] }, windowOf({})), { kinds: [1] });
  assert.deepEqual(within({}, { since: 0, until: 9 }), { until: 9 });
  assert.deepEqual(within({ since: 1 }, { since: 5, until: Infinity }), { since: 5 });
});
