import assert from "node:assert/strict";
import { Channel } from "../../src/flow/channel.ts";
import { select, wakeup } from "../../src/flow/select.ts";
import { test } from "../harness.ts";

function setUp() {
  const stop = new AbortController();
  const [first, second] = [new Channel<string>(100), new Channel<string>(100)];
  return { stop, first, second, selected: select(stop.signal, first, second) };
}

test("select takes from the first channel named that has something", async () => {
  const { first, second, selected } = setUp();
  second.push("b");
  first.push("a");
  assert.deepEqual((await selected.next()).value, ["a"]);
  assert.deepEqual((await selected.next()).value, ["b"]);
});

test("select wakes for an item that comes while it sleeps, and loses none", async () => {
  const { stop, first, second, selected } = setUp();
  const received: string[] = [];
  const reading = (async () => {
    for await (const batch of selected) {
      received.push(...batch);
      if (received.length === 4) stop.abort();
    }
  })();
  for (const [channel, item] of [[second, "b1"], [first, "a1"], [first, "a2"], [second, "b2"]] as const) {
    channel.push(item);
    await Promise.resolve();
  }
  await reading;
  assert.deepEqual(received.sort(), ["a1", "a2", "b1", "b2"]);
});

test("select ends when the signal aborts while it sleeps", async () => {
  const { stop, selected } = setUp();
  const next = selected.next();
  stop.abort();
  assert.equal((await next).done, true);
});

test("wakeup does not wait for a signal that has aborted already", async () => {
  const { first } = setUp();
  await wakeup(AbortSignal.abort(), [first]);
});

test("select leaves no waker behind once it is awake", async () => {
  const { stop, first, second, selected } = setUp();
  const next = selected.next();
  first.push("a");
  await next;
  second.push("b"); // would call the waker again if it were still armed
  assert.deepEqual((await selected.next()).value, ["b"]);
  stop.abort();
  assert.equal((await selected.next()).done, true);
});

test("a batch is bounded, so that one channel cannot keep the others waiting for long", async () => {
  const { first, selected } = setUp();
  for (let item = 0; item < 100; item++) first.push(String(item));
  assert.equal((await selected.next()).value?.length, 64);
});

test("select gives timers and sockets a turn while a channel never empties", async () => {
  const { stop, first, selected } = setUp();
  setTimeout(() => stop.abort(), 0);
  first.push("again");
  for await (const [item] of selected) first.push(item!);
});

test("select starves no channel, though one named before it never empties", async () => {
  const { first, second, selected } = setUp();
  first.push("again");
  second.push("at last");
  for await (const [item] of selected) {
    if (item === "at last") break;
    first.push(item!);
  }
});
