import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { VerifiedEvent } from "../../src/protocol/event.ts";
import { Feed, type Stretch } from "../../src/storage/postgres/feed.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const events = Array.from({ length: 30 }, (_, n) => fakeEvent({ content: `${n}` }));

/** The event that the store of these tests gives this `seq`. */
const at = (seq: number) => events[seq]!;

/** What goes from `after` up to `upTo`. */
const stretch = (after: number, upTo: number): Stretch => ({
  after,
  upTo,
  events: events.slice(after + 1, upTo + 1),
});

/** A feed of a store with pages of three, and what it has read and given. */
function setUp({ wanted = true, obstacle = () => {} }: { wanted?: boolean; obstacle?: () => void } = {}) {
  const read: [after: number, upTo: number][] = [], given: VerifiedEvent[] = [], failures: unknown[] = [];
  const feed = new Feed((after, upTo) => {
    read.push([after, upTo]);
    obstacle();
    return Promise.resolve(stretch(after, Math.min(upTo, after + 3)));
  }, 0);
  const receiver = {
    wanted: () => wanted,
    deliver: (events: readonly VerifiedEvent[]): Promise<void> => Promise.resolve(void given.push(...events)),
    recordsAre: () => {},
    failed: (error: unknown) => failures.push(error),
  };
  feed.start(receiver);
  return { feed, receiver, read, given, failures };
}

async function caughtUp(feed: Feed): Promise<void> {
  while (feed.behind > 0) await nextTurn();
}

test("the feed begins with what is stored after its first announcement", async () => {
  const { feed, given } = setUp();
  feed.announce(10);
  feed.announce(12);
  await caughtUp(feed);
  assert.deepEqual(given, [at(11), at(12)]);
});

test("the feed gives what others store in order and once, however it is announced", async () => {
  const { feed, given } = setUp();
  feed.announce(0);
  for (const upTo of [2, 1, 2, 9, 5, 9]) feed.announce(upTo);
  await nextTurn();
  feed.announce(9);
  feed.announce(14);
  await caughtUp(feed);
  assert.deepEqual(given, stretch(0, 14).events);
});

test("the feed reads no own commit that comes in its turn", async () => {
  const { feed, read, given } = setUp();
  feed.committed(stretch(4, 6));
  feed.committed(stretch(6, 9));
  await caughtUp(feed);
  assert.deepEqual(given, stretch(4, 9).events);
  assert.deepEqual(read, []);
});

test("between own commits the feed reads just what others have stored", async () => {
  const { feed, read, given } = setUp();
  feed.announce(0);
  feed.committed(stretch(2, 4));
  feed.committed(stretch(5, 8));
  feed.announce(9);
  await caughtUp(feed);
  assert.deepEqual(given, stretch(0, 9).events);
  assert.deepEqual(read, [[0, 2], [4, 5], [8, 9]]);
});

test("an own commit whose answer comes after others have told of it comes once", async () => {
  const { feed, given } = setUp();
  feed.announce(0);
  feed.announce(5);
  feed.committed(stretch(1, 3));
  await caughtUp(feed);
  feed.committed(stretch(3, 5));
  feed.announce(6);
  await caughtUp(feed);
  assert.deepEqual(given, stretch(0, 6).events);
});

test("the feed keeps a few megabytes of own commits, and reads the others again", async () => {
  const { feed, receiver, read, given } = setUp();
  const { promise: room, resolve: makeRoom } = Promise.withResolvers<void>();
  const { deliver } = receiver;
  receiver.deliver = (events) => room.then(() => deliver(events));
  const large = (seq: number) => ({ ...at(seq), json: "x".repeat(5 * 1024 * 1024) }) as VerifiedEvent;
  for (let seq = 1; seq <= 4; seq++) feed.committed({ after: seq - 1, upTo: seq, events: [large(seq)] });
  makeRoom();
  await caughtUp(feed);
  assert.deepEqual(given.map(({ event }) => event), stretch(0, 4).events.map(({ event }) => event));
  assert.deepEqual(read, [[2, 4]]);
});

test("while nobody subscribes nothing is read, nor given later", async () => {
  let wanted = false;
  const { feed, receiver, read, given } = setUp();
  receiver.wanted = () => wanted;
  feed.announce(0);
  feed.announce(9);
  feed.committed(stretch(9, 10));
  await caughtUp(feed);
  wanted = true;
  feed.announce(11);
  await caughtUp(feed);
  assert.deepEqual(given, [at(11)]);
  assert.deepEqual(read, [[10, 11]]);
});

test("an event that a query finds before its turn may come, until it has been given", async () => {
  const { feed, receiver, given } = setUp();
  let atDelivery: boolean | undefined;
  const { deliver } = receiver;
  receiver.deliver = (events) => {
    atDelivery = feed.mayCome("seven");
    return deliver(events);
  };
  feed.announce(5);
  feed.found("five", 5);
  assert.equal(feed.mayCome("five"), false, "its turn is over");
  feed.found("seven", 7);
  assert.equal(feed.mayCome("seven"), true);
  await caughtUp(feed);
  assert.deepEqual(given, [at(6), at(7)], "a find tells as much as an announcement");
  assert.equal(atDelivery, true);
  assert.equal(feed.mayCome("seven"), false);
});

test("a read that fails is told once, and tried until it succeeds", async () => {
  let failures = 2;
  const { feed, given, failures: told } = setUp({
    obstacle: () => {
      if (failures-- > 0) throw new Error("away");
    },
  });
  feed.announce(0);
  feed.announce(2);
  await caughtUp(feed);
  assert.deepEqual(given, [at(1), at(2)]);
  assert.equal(told.length, 1);
});

test("a feed that goes back gives what is numbered anew, even in the middle of a delivery", async () => {
  for (const during of [false, true]) {
    const { feed, receiver, given } = setUp();
    const { deliver } = receiver;
    feed.announce(20);
    if (during) receiver.deliver = (events) => deliver(events).then(() => feed.goBack(10));
    feed.committed(stretch(20, 21));
    feed.found("x", 25);
    await nextTurn();
    receiver.deliver = deliver;
    if (!during) await caughtUp(feed).then(() => feed.goBack(10));
    given.length = 0;
    feed.announce(12);
    await caughtUp(feed);
    assert.deepEqual(given, stretch(10, 12).events);
    assert.equal(feed.mayCome("x"), false);
  }
});

test("a feed that is closed, or whose receiver takes no more, gives nothing", async () => {
  for (const end of ["close", "reject"]) {
    const { feed, receiver, given } = setUp();
    receiver.deliver = () => Promise.reject(new Error("enough"));
    feed.announce(0);
    if (end === "close") feed.close();
    feed.announce(1);
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    feed.committed(stretch(1, 2));
    await nextTurn();
    assert.deepEqual(given, []);
  }
});

test("a feed without a receiver, as of a command, keeps nothing", () => {
  const feed = new Feed(() => Promise.reject(new Error("nobody asked for it")));
  feed.committed(stretch(0, 5));
  feed.found("x", 7);
  assert.deepEqual([feed.behind, feed.known, feed.mayCome("x")], [0, 0, false]);
});
