import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Channels } from "../../src/connection/channels.ts";
import { Conversation } from "../../src/connection/conversation.ts";
import { Semaphore } from "../../src/flow/semaphore.ts";
import type { Session } from "../../src/handler/session.ts";
import { test } from "../harness.ts";

test("Conversation: once the connection has ended, a REQ that is still unread opens nothing", async () => {
  const over = new AbortController();
  const nothing = () => {};
  const session = {
    signal: over.signal,
    challenge: "",
    subscriptions: new Map(),
    services: { rules: { authentication: true }, observer: { rejected: nothing } },
    open: () => assert.fail("it was opened"),
  } as unknown as Session;
  const channels = new Channels(1000);
  const frames = new Conversation(session, channels, { command: nothing, sent: nothing }).frames();
  await frames.next(); // the challenge
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
      },
      observer: { queried: nothing, queryAborted: nothing },
      repository: { count: () => new Promise((resolve) => running.push(resolve)) },
    },
  } as unknown as Session;
  const channels = new Channels(1000);
  const frames = new Conversation(session, channels, { command: nothing, sent: nothing }).frames();
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
