import assert from "node:assert/strict";
import { duration, ProgressDisplay, progressLine, Rate } from "../../src/cli/progress.ts";
import { test } from "../harness.ts";

for (
  const [what, [done, total, rate], columns, expected] of [
    ["a terminal", [750, 3_000, 45], 60, "[████░░░░░░░░░░░░]  25.0 %  750 of 3,000  45/s  50 s left"],
    ["no terminal", [750, 3_000, 45], undefined, " 25.0 %  750 of 3,000  45/s  50 s left"],
    ["a narrow terminal", [750, 3_000, 45], 45, " 25.0 %  750 of 3,000  45/s  50 s left"],
    ["too narrow a terminal", [750, 3_000, 45], 20, " 25.0 %  750 of 3,0"],
    ["the beginning", [0, 3_000, 0], undefined, "  0.0 %  0 of 3,000  0/s  ? left"],
    ["nearly all", [9_999, 10_000, 1], undefined, " 99.9 %  9,999 of 10,000  1/s  1 s left"],
    ["the end", [3_000, 3_000, 45.4], undefined, "100.0 %  3,000 of 3,000  45/s  done"],
    ["more than there was", [3_001, 3_000, 45], undefined, "100.0 %  3,001 of 3,000  45/s  done"],
    ["nothing to do", [0, 0, 0], undefined, "100.0 %  0 of 0  0/s  done"],
  ] as const
) {
  test(`progress: ${what}`, () => assert.equal(progressLine({ done, total, rate }, columns), expected));
}

test("progress: a line never fills its terminal, where it would break", () => {
  for (let columns = 1; columns < 200; columns++) {
    const line = progressLine({ done: 12_345_678, total: 98_765_432, rate: 12_345 }, columns);
    assert.ok(line.length < columns);
  }
});

for (
  const [seconds, expected] of [
    [0, "0 s"],
    [0.2, "1 s"],
    [59.9, "1 min 0 s"],
    [250, "4 min 10 s"],
    [7_500, "2 h 5 min"],
    [360_000, "100 h 0 min"],
  ] as const
) {
  test(`progress: ${seconds} seconds are ${expected}`, () => assert.equal(duration(seconds), expected));
}

test("rate: it is that of the last ten seconds", () => {
  const rate = new Rate();
  assert.equal(rate.sample(0, 0), 0);
  assert.equal(rate.sample(1_000, 500), 500);
  for (let at = 2_000; at <= 20_000; at += 1_000) rate.sample(at, 500);
  assert.equal(rate.sample(21_000, 1_500), 100);
});

test("rate: pauses between looks longer than ten seconds are no matter", () => {
  const rate = new Rate();
  rate.sample(0, 0);
  assert.equal(rate.sample(100_000, 200_000), 2_000);
});

const CLEARED = "\r\x1b[K";

for (
  const [where, columns, expected] of [
    ["a terminal gets one line, which is cleared and drawn again", 60, [
      CLEARED,
      `${CLEARED}[████████████████] 100.0 %  3 of 3  0/s  done`,
      "\n",
    ]],
    ["elsewhere lines follow each other", undefined, ["100.0 %  3 of 3  0/s  done\n"]],
  ] as const
) {
  test(`progress: ${where}`, () => {
    const written: string[] = [];
    {
      using display = new ProgressDisplay({ columns, write: (text) => written.push(text) }, 3, () => 3);
      display.clear();
    }
    assert.deepEqual(written, expected);
  });
}
