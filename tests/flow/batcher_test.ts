import assert from "node:assert/strict";
import { Batcher } from "../../src/flow/batcher.ts";
import { test } from "../harness.ts";

/** A batcher whose batches end when the test says so. */
function setUp(most: number, parallel?: number) {
  const batches: number[][] = [];
  const ends: (() => void)[] = [];
  const batcher = new Batcher<number, number>(
    (batch) => {
      batches.push(batch);
      return new Promise((resolve) => ends.push(() => resolve(batch.map((item) => item * 10))));
    },
    most,
    parallel,
  );
  return { batcher, batches, ends };
}

test("an idle batcher starts a single request at once", async () => {
  const { batcher, batches, ends } = setUp(100);
  const answer = batcher.ask(1);
  await Promise.resolve();
  assert.deepEqual(batches, [[1]]);
  ends[0]!();
  assert.equal(await answer, 10);
});

test("requests that come during a batch form the next one", async () => {
  const { batcher, batches, ends } = setUp(2);
  const answers = [1, 2].map((item) => batcher.ask(item));
  await Promise.resolve();
  answers.push(...[3, 4, 5].map((item) => batcher.ask(item)));
  assert.equal(batcher.depth, 3);
  ends[0]!();
  await Promise.all(answers.slice(0, 2));
  ends[1]!();
  await Promise.all(answers.slice(0, 4));
  ends[2]!();
  assert.deepEqual(await Promise.all(answers), [10, 20, 30, 40, 50]);
  assert.deepEqual(batches, [[1, 2], [3, 4], [5]]);
});

test("as many batches as there are workers are under way at once", async () => {
  const { batcher, batches, ends } = setUp(1, 2);
  const answers = [1, 2, 3].map((item) => batcher.ask(item));
  await Promise.resolve();
  assert.deepEqual(batches, [[1], [2]]);
  ends.forEach((end) => end());
  await Promise.all(answers.slice(0, 2));
  ends[2]!();
  assert.deepEqual(await Promise.all(answers), [10, 20, 30]);
});

test("a failed batch fails its own requests and no others", async () => {
  let calls = 0;
  const batcher = new Batcher<number, number>((batch) => {
    if (calls++ === 0) return Promise.reject(new Error("disk full"));
    return Promise.resolve(batch);
  }, 1);
  const first = batcher.ask(1);
  const second = batcher.ask(2);
  await assert.rejects(first, /disk full/);
  assert.equal(await second, 2);
});
