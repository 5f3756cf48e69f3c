import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Connections } from "../../src/connection/connections.ts";
import type { Socket } from "../../src/connection/socket.ts";
import { NORMAL } from "../../src/connection/ending.ts";
import { Semaphore } from "../../src/flow/semaphore.ts";
import type { Services } from "../../src/handler/session.ts";
import { test } from "../harness.ts";

/** A socket whose client never answers a close frame. */
class SilentSocket implements Socket {
  buffered = 0;
  readonly closed: number[] = [];
  send(): void {}
  close(code: number): void {
    this.closed.push(code);
  }
}

/** Two connections from one address, three in all. */
function connections({ total = 3, perAddress = 2 } = {}): Connections {
  const nothing = () => {};
  const services = {
    rules: { requestRate: () => nothing, authentication: false },
    observer: { failed: nothing },
    broadcast: { open: nothing, close: nothing },
    intake: new Semaphore(1),
  } as unknown as Services;
  return new Connections(services, { started: nothing, ended: nothing, command: nothing, sent: nothing }, {
    maxMessageBytes: 1000,
    maxIdleSeconds: 60,
    maxSendQueue: 10,
    maxPendingBytes: 1000,
    relayUrl: undefined,
    total,
    perAddress,
    isBlocked: () => false,
    countedAs: (address) => address === "127.0.0.1" ? undefined : address,
  });
}

const from = (address: string) => ({ address, host: "relay.test", userAgent: undefined });

test("Connections: so many from one address, so many in all", () => {
  const all = connections();
  const [first] = [1, 2].map(() => all.open(new SilentSocket(), from("192.0.2.1")));
  assert.equal(all.full("192.0.2.1"), "address");
  assert.equal(all.full("192.0.2.2"), undefined);
  const third = all.open(new SilentSocket(), from("192.0.2.2"));
  assert.equal(all.full("192.0.2.3"), "total");
  for (const connection of [first!, third]) connection.closed(1000);
});

test("Connections: an exempt address counts only in all", () => {
  const all = connections();
  for (let at = 0; at < 3; at++) {
    assert.equal(all.full("127.0.0.1"), undefined);
    all.open(new SilentSocket(), from("127.0.0.1"));
  }
  assert.equal(all.full("127.0.0.1"), "total");
});

test("Connections: of many whose handshakes began together, only those that there is room for stay", async () => {
  const all = connections();
  const sockets = Array.from({ length: 5 }, () => new SilentSocket());
  const opened = sockets.map((socket) => all.open(socket, from("192.0.2.1")));
  await nextTurn();
  assert.deepEqual(sockets.map(({ closed }) => closed), [[], [], [1013], [1013], [1013]]);
  for (const connection of opened) connection.closed(1000);
  await nextTurn();
  assert.equal(all.full("192.0.2.1"), undefined);
});

test("Connections: one that was closed counts until its socket is", async () => {
  const all = connections();
  const [first] = [1, 2].map(() => all.open(new SilentSocket(), from("192.0.2.1")));
  first!.shutDown();
  await nextTurn();
  assert.deepEqual((first!.socket as SilentSocket).closed, [1001]);
  assert.equal(all.size, 2);
  first!.closed(1000);
  await nextTurn();
  assert.equal(all.size, 1);
});

test("Connections: whoever comes while they are closing is sent away", async () => {
  const all = connections();
  await all.shutDown(10);
  assert.equal(all.full("192.0.2.1"), "closing");
  const socket = new SilentSocket(); // whose handshake had begun
  const late = all.open(socket, from("192.0.2.1"));
  await nextTurn();
  assert.deepEqual(socket.closed, [1001]);
  late.closed(1000);
});

test("Connections: conversations that linger end a part at a time once many clients are quiet", async () => {
  const all = connections({ total: 400, perAddress: 400 });
  const opened = Array.from({ length: 400 }, () => all.open(new SilentSocket(), from("192.0.2.1")));
  for (let n = 0; n < 2; n++) { // what soon follows another lingers
    for (const connection of opened) connection.received('["CLOSE","x"]');
    await nextTurn();
  }
  const conversations = new Map(opened.map((connection) => [connection, connection.signal]));
  const ended = async () => {
    all.checkIdle(Date.now() + 10_000);
    await nextTurn();
    return opened.filter((connection) => connection.signal !== conversations.get(connection)).length;
  };
  assert.deepEqual([await ended(), await ended()], [256, 400]);
  for (const connection of opened) connection.closed(1000);
});

test("Connections: while 256 clients have not read, nobody gets much at once, until one of them is gone", async () => {
  const all = connections({ total: 300, perAddress: 300 });
  const behind = Array.from({ length: 256 }, () => {
    const socket = new SilentSocket();
    socket.buffered = 1e6;
    return all.open(socket, from("192.0.2.1"));
  });
  const other = all.open(new SilentSocket(), from("192.0.2.2"));
  for (const connection of behind) connection.received("no JSON"); // the answer waits
  assert.equal(other.ample, true);
  await nextTurn();
  for (let turns = 0; other.ample && turns < 100; turns++) await nextTurn();
  assert.equal(other.ample, false);
  behind[0]!.end(NORMAL);
  await behind[0]!.served;
  assert.equal(other.ample, false, "what it has not read is still there");
  behind[0]!.closed(1000);
  assert.equal(other.ample, true);
  for (const connection of [...behind, other]) connection.closed(1000);
  await Promise.all(behind.map(({ served }) => served));
});
