import assert from "node:assert/strict";
import { Semaphore } from "../../src/flow/semaphore.ts";
import { test } from "../harness.ts";

const never = new AbortController().signal;

test("permits beyond the number wait, and come in the order they were asked for", async () => {
  const semaphore = new Semaphore(1);
  await semaphore.acquire(never);
  const order: string[] = [];
  const first = semaphore.acquire(never).then(() => order.push("first"));
  const second = semaphore.acquire(never).then(() => order.push("second"));
  assert.equal(semaphore.tryAcquire(), false);
  semaphore.release();
  await first;
  assert.equal(semaphore.tryAcquire(), false, "a newcomer does not overtake those who wait");
  semaphore.release();
  await second;
  assert.deepEqual(order, ["first", "second"]);
  assert.equal(semaphore.held, 1);
});

test("who gives up waiting takes no permit along", async () => {
  const semaphore = new Semaphore(1);
  await semaphore.acquire(never);
  const stop = new AbortController();
  const waiting = semaphore.acquire(stop.signal);
  stop.abort(new Error("stopped"));
  await assert.rejects(waiting, /stopped/);
  semaphore.release();
  assert.equal(semaphore.held, 0);
  await assert.rejects(semaphore.acquire(stop.signal), /stopped/);
  assert.equal(semaphore.held, 0);
});
