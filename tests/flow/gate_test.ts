import assert from "node:assert/strict";
import { Channel } from "../../src/flow/channel.ts";
import { Gate } from "../../src/flow/gate.ts";
import { select } from "../../src/flow/select.ts";
import { test } from "../harness.ts";

test("a gate gives no more than there is room for", () => {
  const channel = new Channel<number>(9);
  for (const item of [1, 2, 3]) channel.push(item);
  const behind = { room: 2 };
  const gate = new Gate(channel, behind);
  assert.deepEqual([gate.size, gate.take(9)], [2, [1, 2]]);
  behind.room = 0;
  assert.deepEqual([gate.size, gate.take(9), channel.size], [0, [], 1]);
});

test("behind a gate without room others are still selected, and what waits comes once there is room", async () => {
  const [gated, other] = [new Channel<string>(9), new Channel<string>(9)];
  const behind = { room: 0 };
  const selected = select(new AbortController().signal, new Gate(gated, behind), other);
  gated.push("waits");
  const first = selected.next();
  other.push("makes room");
  assert.deepEqual((await first).value, ["makes room"]);
  behind.room = 1;
  assert.deepEqual((await selected.next()).value, ["waits"]);
});
