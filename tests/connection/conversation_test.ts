import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Channels, Inbox, liveEvents } from "../../src/connection/channels.ts";
import { Conversation } from "../../src/connection/conversation.ts";
import { Semaphore } from "../../src/flow/semaphore.ts";
import type { Session } from "../../src/handler/session.ts";
import { Rejection } from "../../src/protocol/reason.ts";
import { Subscription } from "../../src/subscription/subscription.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";

/** Nothing goes but through the conversation. */
const channelsOf = () => new Channels(liveEvents({ pass: () => false }, 1000), new Inbox());

test("Conversation: once the connection has ended, a REQ that is still unread opens nothing", async () => {
  const over = new AbortController();
  const nothing = () => {};
  const session = {
    signal: over.signal,
    subscriptions: new Map(),
    services: { rules: { authentication: true }, observer: { rejected: nothing } },
    open: () => assert.fail("it was opened"),
  } as unknown as Session;
  const channels = channelsOf();
  const frames = new Conversation(session, channels, { command: nothing, sent: nothing }, true).frames();
  for (const text of ['["AUTH",{}]', '["REQ","x",{}]']) channels.inbox.push({ type: "text", text });
  await frames.next(); // the answer to AUTH; REQ is of the same batch
  over.abort();
  assert.equal((await frames.next()).done, true);
});

test("Conversation: counts take no place from events, and so many of one client run at once", async () => {
  const over = new AbortController();
  const nothing = () => {};
  const running: ((count: number) => void)[] = [];
  const intake = new Semaphore(1);
  const session = {
    signal: over.signal,
    counting: new Semaphore(2),
    spendRequest: nothing,
    services: {
      intake,
      rules: {
        authentication: false,
        subscriptionId: nothing,
        filterValues: nothing,
        request: (filters: unknown) => filters,
        reader: nothing,
      },
      observer: { queried: nothing, queryAborted: nothing },
      repository: { count: () => new Promise((resolve) => running.push(resolve)) },
    },
  } as unknown as Session;
  const channels = channelsOf();
  const frames = new Conversation(session, channels, { command: nothing, sent: nothing }, true).frames();
  for (const id of "abc") channels.inbox.push({ type: "text", text: `["COUNT","${id}",{}]` });
  const answers = frames.next();
  while (running.length < 2) await nextTurn();
  await nextTurn();
  assert.deepEqual([running.length, intake.held], [2, 0]);
  running[0]!(7);
  assert.deepEqual((await answers).value, ['["COUNT","a",{"count":7}]']);
  await nextTurn();
  assert.equal(running.length, 3);
  over.abort();
  for (const end of running) end(0);
  await frames.return(undefined as never);
});

/** A client of a relay where it may read, until a test says otherwise. */
function reading() {
  const over = new AbortController();
  const may = { read: true };
  const nothing = () => {};
  const subscription = new Subscription("x", [{}], { deliver: nothing }, { events: 9, bytes: 999 });
  const session = {
    signal: over.signal,
    counting: new Semaphore(1),
    spendRequest: nothing,
    close: () => subscription.close(),
    services: {
      rules: {
        authentication: false,
        subscriptionId: nothing,
        filterValues: nothing,
        request: (filters: unknown) => filters,
        reader() {
          if (!may.read) throw new Rejection("restricted", "only members may read");
        },
      },
      broadcast: { nothingComes: true },
      observer: { queried: nothing, rejected: nothing },
      repository: {
        count() {
          may.read = false;
          return Promise.resolve(7);
        },
      },
    },
  } as unknown as Session;
  const channels = channelsOf();
  const frames = new Conversation(session, channels, { command: nothing, sent: nothing }, true).frames();
  return { channels, frames, may, subscription };
}

test("Conversation: who may read no more gets no further page of what was asked for", async () => {
  const { channels, frames, may, subscription } = reading();
  const [first, second] = [1, 2].map((created_at) => [fakeEvent({ created_at }).json]);
  channels.results.push({ type: "result", result: { subscription, page: first! } });
  assert.deepEqual((await frames.next()).value, [`["EVENT","x",${first}]`]);
  may.read = false;
  channels.results.push({
    type: "result",
    result: { subscription, page: second!, end: { hint: undefined } },
  });
  assert.deepEqual((await frames.next()).value, ['["CLOSED","x","restricted: only members may read"]']);
  assert.equal(subscription.closed, true);
});

test("Conversation: who may read no more is told no count", async () => {
  const { channels, frames } = reading();
  channels.inbox.push({ type: "text", text: '["COUNT","c",{}]' });
  assert.deepEqual((await frames.next()).value, ['["CLOSED","c","restricted: only members may read"]']);
});
