import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { TcpCork } from "../../src/runtime/tcp_cork.ts";
import { test } from "../harness.ts";

const PEER = { hostname: "127.0.0.1", port: 258 };

/** A process whose descriptors 7 and 8 are such connections. */
class Process {
  /** What was corked and let go, and what failed. */
  readonly calls: string[] = [];
  readonly cork = new TcpCork(this);
  isBroken = false;

  getpeername(descriptor: number, address: Uint8Array): number {
    address.set([2, 0, 1, 2, 127, 0, 0, 1]);
    return descriptor === 7 || descriptor === 8 ? 0 : -1;
  }

  setsockopt(descriptor: number, level: number, name: number, value: Uint8Array, length: number): number {
    assert.deepEqual([level, name, length], [6, 3, 4]);
    this.calls.push(`${descriptor} ${value}`);
    return this.isBroken ? -1 : 0;
  }
}

const ON = "1,0,0,0", OFF = "0,0,0,0";

/** Longer than any connection is held. */
async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await nextTurn();
}

test("a connection is corked until all that was sent is written", async () => {
  const { cork, calls } = new Process(), socket = { buffered: 100 };
  const connection = cork.connection(socket, PEER)!;
  cork.hold(connection);
  cork.hold(connection);
  await nextTurn();
  assert.deepEqual(calls, [`7 ${ON}`]);
  socket.buffered = 0;
  await someTurns();
  assert.deepEqual(calls, [`7 ${ON}`, `7 ${OFF}`]);
  cork.hold(connection);
  await someTurns();
  assert.deepEqual(calls.slice(2), [`7 ${ON}`, `7 ${OFF}`]);
});

test("a connection whose client does not read is let go all the same", async () => {
  const { cork, calls } = new Process();
  cork.hold(cork.connection({ buffered: 100 }, PEER)!);
  await someTurns();
  assert.deepEqual(calls, [`7 ${ON}`, `7 ${OFF}`]);
});

test("several connections are let go each in its turn", async () => {
  const { cork, calls } = new Process(), slow = { buffered: 100 }, quick = { buffered: 0 };
  cork.hold(cork.connection(slow, PEER)!);
  cork.hold(cork.connection(quick, PEER)!);
  await nextTurn();
  await nextTurn();
  assert.deepEqual(calls, [`7 ${ON}`, `8 ${ON}`, `8 ${OFF}`]);
  await someTurns();
  assert.deepEqual(calls.slice(3), [`7 ${OFF}`]);
});

test("of a connection that is closed nothing is touched any more: its descriptor may be another's", async () => {
  const { cork, calls } = new Process(), connection = cork.connection({ buffered: 100 }, PEER)!;
  cork.hold(connection);
  cork.forget(connection);
  await someTurns();
  assert.deepEqual(calls, [`7 ${ON}`]);
  assert.equal(cork.connection({ buffered: 0 }, PEER)?.descriptor, 8);
  assert.equal(cork.connection({ buffered: 0 }, PEER)?.descriptor, 7);
});

test("where the system does not cork, nothing waits", async () => {
  const process = new Process(), { cork, calls } = process;
  process.isBroken = true;
  cork.hold(cork.connection({ buffered: 100 }, PEER)!);
  await someTurns();
  assert.deepEqual(calls, [`7 ${ON}`]);
});
