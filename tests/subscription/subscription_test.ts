import assert from "node:assert/strict";
import { Broadcast } from "../../src/subscription/broadcast.ts";
import { Subscription } from "../../src/subscription/subscription.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const never = new AbortController().signal;
const [a, b] = [fakeEvent({ content: "a" }), fakeEvent({ content: "b" })];

function setUp({ holdMost = 100 } = {}) {
  const live: string[] = [];
  const broadcast = new Broadcast(10);
  const subscription = new Subscription("s", [{}], (_, json) => live.push(json), holdMost);
  broadcast.open(subscription);
  return { live, broadcast, subscription };
}

const frame = ({ json }: { json: string }) => `["EVENT","s",${json}]`;

test("an event published during the stored query comes after EOSE", async () => {
  const { live, broadcast, subscription } = setUp();
  assert.deepEqual(subscription.stored([a.json]), [frame(a)]);
  await broadcast.publish(b, never);
  assert.deepEqual(live, []);
  assert.deepEqual(subscription.goLive(broadcast.mayCome), ['["EOSE","s"]', frame(b)]);
});

test("an event that the stored query sent and that is published meanwhile comes once", async () => {
  const { broadcast, subscription } = setUp();
  await broadcast.publish(a, never);
  subscription.stored([a.json]);
  assert.deepEqual(subscription.goLive(broadcast.mayCome), ['["EOSE","s"]']);
});

test("an event that the stored query sent and that is published after EOSE comes once", async () => {
  const { live, broadcast, subscription } = setUp();
  broadcast.expect(a.event.id); // its commit is done, its publication under way
  subscription.stored([a.json]);
  subscription.goLive(broadcast.mayCome);
  await broadcast.publish(a, never);
  await broadcast.publish(b, never);
  assert.deepEqual(live, [b.json]);
});

test("what can't be published any more is not remembered after EOSE", async () => {
  const { live, broadcast, subscription } = setUp();
  broadcast.expect(a.event.id);
  broadcast.withdraw(a.event.id);
  subscription.stored([a.json]);
  subscription.goLive(broadcast.mayCome);
  await broadcast.publish(a, never); // e.g. deleted, then published again
  assert.deepEqual(live, [a.json]);
});

test("an event that two clients publish at once stays expected until both are settled", () => {
  const { broadcast } = setUp();
  broadcast.expect("x");
  broadcast.expect("x");
  broadcast.withdraw("x");
  assert.equal(broadcast.mayCome("x"), true);
  broadcast.withdraw("x");
  assert.equal(broadcast.mayCome("x"), false);
});

test("a closed subscription gets nothing more, and its query is told to stop", async () => {
  const { live, broadcast, subscription } = setUp();
  subscription.goLive(broadcast.mayCome);
  broadcast.close(subscription);
  await broadcast.publish(a, never);
  assert.deepEqual(live, []);
  assert.equal(subscription.signal.aborted, true);
  assert.equal(broadcast.subscriptions, 0);
});

test("what is held during a stored query is bounded, and the overflow is told", async () => {
  const { broadcast, subscription } = setUp({ holdMost: 1 });
  await broadcast.publish(a, never);
  assert.equal(subscription.overflowed, false);
  await broadcast.publish(b, never);
  assert.equal(subscription.overflowed, true);
});

test("a burst longer than the buffer arrives whole and in order", async () => {
  const { live, broadcast, subscription } = setUp();
  subscription.goLive(broadcast.mayCome);
  const burst = Array.from({ length: 500 }, (_, at) => fakeEvent({ content: `n${at}` }));
  await Promise.all(burst.map((event) => broadcast.publish(event, never)));
  while (broadcast.depth > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(live, burst.map(({ json }) => json));
});
