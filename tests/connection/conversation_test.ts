import assert from "node:assert/strict";
import { Channels } from "../../src/connection/channels.ts";
import { Conversation } from "../../src/connection/conversation.ts";
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
