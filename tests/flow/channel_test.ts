import assert from "node:assert/strict";
import { Channel } from "../../src/flow/channel.ts";
import { test } from "../harness.ts";

const never = new AbortController().signal;

test("a channel gives what it took, oldest first", () => {
  const channel = new Channel<number>(3);
  for (const item of [1, 2, 3]) assert.equal(channel.push(item), true);
  assert.deepEqual(channel.take(2), [1, 2]);
  assert.deepEqual(channel.take(2), [3]);
  assert.deepEqual(channel.take(2), []);
});

test("a full channel refuses an item and keeps the others", () => {
  const channel = new Channel<number>(1);
  channel.push(1);
  assert.equal(channel.push(2), false);
  assert.deepEqual(channel.take(9), [1]);
});

test("send waits for room", async () => {
  const channel = new Channel<number>(1);
  channel.push(1);
  let sent = false;
  const sending = channel.send(2, never).then(() => sent = true);
  await Promise.resolve();
  assert.equal(sent, false);
  channel.take(1);
  await sending;
  assert.deepEqual(channel.take(1), [2]);
});

test("send rejects on abort, before and while waiting, and sends nothing", async () => {
  const channel = new Channel<number>(1);
  channel.push(1);
  const stop = new AbortController();
  const waiting = channel.send(2, stop.signal);
  stop.abort(new Error("stopped"));
  await assert.rejects(waiting, /stopped/);
  await assert.rejects(channel.send(3, stop.signal), /stopped/);
  assert.deepEqual(channel.take(9), [1]);
  assert.equal(channel.size, 0);
});

test("a channel stays right over many more items than its inner array is compacted at", () => {
  const channel = new Channel<number>(Infinity);
  for (let item = 0; item < 5_000; item++) channel.push(item);
  const taken: number[] = [];
  for (let batch = channel.take(7); batch.length > 0; batch = channel.take(7)) {
    taken.push(...batch);
    if (taken.length % 21 === 0) channel.push(-1);
  }
  assert.equal(taken.filter((item) => item >= 0).length, 5_000);
  assert.deepEqual(taken.filter((item) => item >= 0), Array.from({ length: 5_000 }, (_, at) => at));
});
