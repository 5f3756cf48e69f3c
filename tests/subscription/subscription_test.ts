import assert from "node:assert/strict";
import { Broadcast } from "../../src/subscription/broadcast.ts";
import { asText } from "../../src/protocol/message.ts";
import type { StoredTexts } from "../../src/protocol/utf8_texts.ts";
import { type HoldLimits, Subscription } from "../../src/subscription/subscription.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { inUtf8 } from "../fixtures/utf8.ts";
import { test } from "../harness.ts";

const never = new AbortController().signal;
const [a, b] = [fakeEvent({ content: "a" }), fakeEvent({ content: "b" })];

function setUp(holdMost: Partial<HoldLimits> = {}) {
  const live: string[] = [];
  const broadcast = new Broadcast(10);
  const recipient = { deliver: (_: Subscription, json: string) => void live.push(json) };
  const subscription = new Subscription("s", [{}], recipient, {
    events: 100,
    bytes: 100_000,
    ...holdMost,
  });
  broadcast.open(subscription);
  return { live, broadcast, subscription };
}

/** A page of a stored query. */
type Page = (...events: { json: string }[]) => StoredTexts;
const inText: Page = (...events) => events.map(({ json }) => json);
const asUtf8: Page = (...events) => inUtf8(events.map(({ json }) => json));

const frame = ({ json }: { json: string }) => `["EVENT","s",${json}]`;

for (const [form, page] of [["", inText], [", in UTF-8 too", asUtf8]] as const) {
  test(`an event published during the stored query comes after EOSE${form}`, async () => {
    const { live, broadcast, subscription } = setUp();
    assert.deepEqual(asText(subscription.stored(page(a), broadcast)), [frame(a)]);
    await broadcast.publish(b, never);
    assert.deepEqual(live, []);
    assert.deepEqual(subscription.goLive(), ['["EOSE","s"]', frame(b)]);
  });

  test(`an event that the stored query sent and that is published meanwhile comes once${form}`, async () => {
    const { broadcast, subscription } = setUp();
    await broadcast.publish(a, never);
    subscription.stored(page(a), broadcast);
    assert.deepEqual(subscription.goLive(), ['["EOSE","s"]']);
  });

  test(`an event that the stored query sent and that is published after EOSE comes once${form}`, async () => {
    const { live, broadcast, subscription } = setUp();
    broadcast.expect(a.event.id); // its commit is done, its publication under way
    subscription.stored(page(a), broadcast);
    subscription.goLive();
    await broadcast.publish(a, never);
    await broadcast.publish(b, never);
    assert.deepEqual(live, [b.json]);
  });

  test(`what can't be published any more is not remembered after EOSE${form}`, async () => {
    const { live, broadcast, subscription } = setUp();
    broadcast.expect(a.event.id);
    broadcast.withdraw(a.event.id);
    subscription.stored(page(a), broadcast);
    subscription.goLive();
    await broadcast.publish(a, never); // e.g. deleted, then published again
    assert.deepEqual(live, [a.json]);
  });

  test(`an event of another instance that the stored query sent comes once, whenever it is passed on${form}`, async () => {
    const announced = new Set([a.event.id]);
    const broadcast = new Broadcast(10, {}, (id) => announced.has(id));
    const live: string[] = [];
    const recipient = { deliver: (_: Subscription, json: string) => void live.push(json) };
    const subscription = new Subscription("s", [{}], recipient, { events: 9, bytes: 9_999 });
    broadcast.open(subscription);
    subscription.stored(page(a), broadcast);
    subscription.goLive();
    const passed = broadcast.pass([a, b], never);
    announced.clear();
    await passed;
    assert.deepEqual(live, [b.json]);
    assert.equal(broadcast.mayCome(a.event.id), false);
  });

  test(`what the stored query sends is no longer held${form}`, async () => {
    const { broadcast, subscription } = setUp({ events: 1, bytes: a.json.length });
    await broadcast.publish(a, never);
    subscription.stored(page(a), broadcast);
    await broadcast.publish(b, never);
    assert.equal(subscription.overflowed, false);
    assert.deepEqual(subscription.goLive(), ['["EOSE","s"]', frame(b)]);
  });

  test(`an event published between the page that sends it and EOSE comes once${form}`, async () => {
    const { broadcast, subscription } = setUp();
    broadcast.expect(a.event.id);
    subscription.stored(page(a), broadcast);
    await broadcast.publish(a, never);
    assert.deepEqual(subscription.goLive(), ['["EOSE","s"]']);
  });
}

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
  subscription.goLive();
  broadcast.close(subscription);
  await broadcast.publish(a, never);
  assert.deepEqual(live, []);
  assert.equal(subscription.signal.aborted, true);
  assert.equal(broadcast.subscriptions, 0);
});

for (const holdMost of [{ events: 1 }, { bytes: a.json.length }]) {
  test(`what is held during a stored query is bounded in ${Object.keys(holdMost)}, and the overflow is told`, async () => {
    const { broadcast, subscription } = setUp(holdMost);
    await broadcast.publish(a, never);
    assert.equal(subscription.overflowed, false);
    await broadcast.publish(b, never);
    assert.equal(subscription.overflowed, true);
  });
}

test("a burst longer than the buffer arrives whole and in order", async () => {
  const { live, broadcast, subscription } = setUp();
  subscription.goLive();
  const burst = Array.from({ length: 500 }, (_, at) => fakeEvent({ content: `n${at}` }));
  await Promise.all(burst.map((event) => broadcast.publish(event, never)));
  while (broadcast.depth > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(live, burst.map(({ json }) => json));
});

test("a subscription lets go of its filters when it closes, whether they were filed or not", async () => {
  for (const isFiled of [false, true]) {
    const { live, broadcast, subscription } = setUp();
    subscription.goLive();
    if (isFiled) await broadcast.publish(a, never);
    broadcast.close(subscription);
    assert.deepEqual(subscription.filters, []);
    assert.equal(broadcast.subscriptions, 0);
    await broadcast.publish(b, never);
    assert.deepEqual(live, isFiled ? [a.json] : []);
  }
});
