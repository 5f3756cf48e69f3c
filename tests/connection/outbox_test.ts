import assert from "node:assert/strict";
import { Outbox } from "../../src/connection/outbox.ts";
import type { Socket } from "../../src/connection/socket.ts";
import type { Frames } from "../../src/protocol/message.ts";
import { inUtf8 } from "../fixtures/utf8.ts";
import { test } from "../harness.ts";

const events = inUtf8(['{"id":1}', '{"id":"é"}']);
const FRAMES: Frames = ["before", { head: '["EVENT","s",', events }, "after"];

test("Outbox: a socket that encodes text itself gets text only", () => {
  const sent: string[] = [];
  const outbox = new Outbox(
    { buffered: 0, close: () => {}, send: (frames) => void sent.push(...frames) },
    new Set(),
  );
  assert.equal(outbox.takesUtf8, false);
  outbox.write(FRAMES);
  assert.deepEqual(sent, ["before", '["EVENT","s",{"id":1}]', '["EVENT","s",{"id":"é"}]', "after"]);
});

test("Outbox: a socket that takes UTF-8 gets frames as they are", () => {
  const sent: Frames[] = [];
  const text = () => assert.fail("as text");
  const outbox = new Outbox({
    buffered: 0,
    close: () => {},
    send: text,
    sendEncoded: (frames) => sent.push(frames),
  }, new Set());
  assert.equal(outbox.takesUtf8, true);
  outbox.write(FRAMES);
  assert.deepEqual(sent, [FRAMES]);
});

test("Outbox: much is sent at once while the client has read all, and few others are behind", async () => {
  const behind = new Set<Socket>(), gone = new AbortController();
  const socket = () => ({ buffered: 0, close: () => {}, send: () => {} });
  const own = socket(), outbox = new Outbox(own, behind);
  const others = Array.from({ length: 256 }, () => ({ ...socket(), buffered: 1e6 }));
  assert.equal(outbox.ample, true);
  const waiting = others.map((other) => new Outbox(other, behind).drained(gone.signal));
  assert.equal(outbox.ample, false, "256 are behind");
  others[0]!.buffered = 0;
  assert.equal(await waiting[0], true);
  assert.equal(outbox.ample, true);
  own.buffered = 1;
  assert.equal(outbox.ample, false);
  gone.abort();
  await Promise.allSettled(waiting);
  assert.equal(behind.size, 255, "what is unsent is kept until the socket is closed");
});
