import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { Connection } from "../../src/connection/connection.ts";
import { Lobby } from "../../src/connection/lobby.ts";
import type { Socket } from "../../src/connection/socket.ts";
import type { Services } from "../../src/handler/session.ts";
import { Rejection } from "../../src/protocol/reason.ts";
import type { FindOptions } from "../../src/storage/repository.ts";
import type { Subscription } from "../../src/subscription/subscription.ts";
import { SyncPool } from "../../src/sync/pool.ts";
import { test } from "../harness.ts";

/** Later than any client has been quiet for. */
const LATER = Date.now() + 60_000;

/** Keeps all that is written, each write by itself. */
class KeepingSocket implements Socket {
  buffered = 0;
  readonly written: (readonly string[])[] = [];
  readonly closed: number[] = [];
  broken = false;
  send(frames: readonly string[]): void {
    if (this.broken) throw new Error("the socket broke");
    this.written.push(frames);
  }
  close(code: number): void {
    this.closed.push(code);
  }
}

/**
 * Turns of the loop until so many frames are written, if they ever are: a conversation gives the loop a turn whenever its
 * time slice ends, which on a slow machine is between any two of them. And one turn for those that would be too many.
 */
async function hasWritten(socket: KeepingSocket, frames: number): Promise<void> {
  for (let turns = 0; turns < 1_000 && socket.written.flat().length < frames; turns++) await nextTurn();
  await nextTurn();
}

/** A connection with a live subscription named x, to a relay whose counts end when a test says so. */
function connected({ authentication = false, lobby = new Lobby() } = {}) {
  const nothing = () => {};
  const may = { read: true };
  const failures: unknown[] = [], running: ((count: number) => void)[] = [];
  const ended: string[] = [];
  const services = {
    rules: {
      authentication,
      maxSubscriptions: 9,
      hold: { events: 9, bytes: 999 },
      requestRate: () => nothing,
      subscriptionId: nothing,
      filterValues: nothing,
      request: (filters: unknown) => filters,
      exchange: (filters: unknown) => filters,
      sync: { enabled: true, maxEvents: 9, maxExchanges: 9, timeoutSeconds: 60, maxAnswerBytes: 1000 },
      reader() {
        if (!may.read) throw new Rejection("restricted", "only members may read");
      },
    },
    broadcast: {
      open: nothing,
      close: (subscription: Subscription) => subscription.close(),
      nothingComes: true,
    },
    observer: {
      queried: nothing,
      queryAborted: nothing,
      rejected: nothing,
      failed: (_task: string, error: unknown) => void failures.push(error),
    },
    sync: new SyncPool(100),
    repository: {
      count: () => new Promise((resolve) => running.push(resolve)),
      async *find(_: unknown, { signal }: FindOptions) {
        for (;; await Promise.resolve()) {
          yield ["{}"];
          signal.throwIfAborted();
        }
      },
      async *identify() {},
    },
  } as unknown as Services;
  const observer = {
    started: nothing,
    command: nothing,
    sent: nothing,
    ended: ({ reason }: { reason: string }) => void ended.push(reason),
  };
  const limits = {
    maxMessageBytes: 1000,
    maxIdleSeconds: 3600,
    maxSendQueue: 10,
    maxPendingBytes: 1_000_000,
    relayUrl: undefined,
  };
  const socket = new KeepingSocket();
  const peer = { address: "192.0.2.1", host: "relay.test", userAgent: undefined };
  const connection = new Connection(socket, peer, services, {
    limits,
    observer,
    lobby,
    behind: new Set(),
    left: nothing,
  });
  const subscription = connection.open("x", [{}]);
  subscription.goLive();
  const publish = (...all: (string | number)[]) =>
    all.forEach((json) => connection.deliver(subscription, String(json)));
  return { connection, ended, failures, may, publish, running, services, socket };
}

type Connected = ReturnType<typeof connected>;

/** A lobby with one place, which only an answer frees. */
const oneByOne = () => new Lobby({ few: 1, most: 1, look: 3_600_000, patience: 9 });

/** A connection before which somebody else has taken the only place in the lobby, until a test frees it. */
function waiting() {
  const lobby = oneByOne(), other = { begin() {} };
  lobby.began(other);
  return { ...connected({ lobby }), letIn: () => lobby.answered(other) };
}

/** The two states in which a client waits for nothing. */
const quiet: [string, (each: Connected) => Promise<void>][] = [
  ["without a conversation", () => Promise.resolve()],
  ["while a conversation sleeps", async ({ connection, socket }) => {
    connection.received("?");
    await nextTurn();
    socket.written.length = 0;
  }],
  ["after a conversation", async (each) => {
    await count(each);
    each.socket.written.length = 0;
  }],
];

for (const [state, begin] of quiet) {
  test(`Connection: live events go straight to the client, those of one moment together, ${state}`, async () => {
    const each = connected();
    await begin(each);
    each.publish(1, 2);
    await nextTurn();
    each.publish(3);
    await nextTurn();
    assert.deepEqual(each.socket.written, [['["EVENT","x",1]', '["EVENT","x",2]'], ['["EVENT","x",3]']]);
  });

  test(`Connection: who may read no more is sent no live event, ${state}`, async () => {
    const each = connected();
    await begin(each);
    each.may.read = false;
    each.publish(1, 2);
    await nextTurn();
    assert.deepEqual(each.socket.written, [['["CLOSED","x","restricted: only members may read"]']]);
  });

  test(`Connection: a socket that fails ends it, ${state}`, async () => {
    const each = connected();
    await begin(each);
    each.socket.broken = true;
    each.publish(1);
    await nextTurn();
    assert.match(String(each.failures), /the socket broke/);
    assert.deepEqual([each.ended, each.socket.closed], [["error"], [1011]]);
  });

  test(`Connection: live events wait while the client does not keep up, ${state}`, async () => {
    const each = connected();
    await begin(each);
    each.socket.buffered = 1_000_000;
    each.publish(1);
    await nextTurn();
    each.publish(2); // behind the first, which filled the outbox
    await nextTurn();
    assert.deepEqual(each.socket.written, [['["EVENT","x",1]']]);
    each.socket.buffered = 0;
    while (each.socket.written.length < 2) await nextTurn();
    assert.deepEqual(each.socket.written[1], ['["EVENT","x",2]']);
  });
}

test("Connection: live events and answers of one moment each come once, in the order of their urgency", async () => {
  const { connection, publish, socket } = connected();
  connection.received("?");
  publish(1);
  await hasWritten(socket, 2);
  assert.equal(socket.written.length, 2);
  assert.match(String(socket.written[0]), /EVENT/);
  assert.match(String(socket.written[1]), /NOTICE/);
});

test("Connection: the challenge is said first and once, where the relay wants authentication", async () => {
  const { connection, socket } = connected();
  connection.greet();
  assert.deepEqual(socket.written, []);
  const asked = connected({ authentication: true });
  asked.connection.greet();
  for (let n = 0; n < 2; n++) await count(asked);
  const challenge = `["AUTH","${asked.connection.challenge}"]`;
  assert.deepEqual(asked.socket.written, [[challenge], [COUNTED], [COUNTED]]);
});

/** Asks for a count and answers it. */
async function count({ connection, running, socket }: Connected): Promise<string> {
  connection.received('["COUNT","c",{}]');
  await nextTurn();
  running.shift()!(7);
  await nextTurn();
  return String(socket.written.at(-1));
}

const COUNTED = '["COUNT","c",{"count":7}]';

test("Connection: a conversation ends when all is answered, and the next message begins another", async () => {
  const each = connected();
  const first = each.connection.signal;
  assert.equal(await count(each), COUNTED);
  const second = each.connection.signal;
  assert.equal(await count(each), COUNTED);
  assert.notEqual(first, second);
});

/** Whether the conversation that goes on is still the same after a long silence. */
async function lasts({ connection }: Connected): Promise<boolean> {
  const { signal } = connection;
  connection.rest(LATER);
  await nextTurn();
  return connection.signal === signal;
}

test("Connection: a conversation soon after another lingers until the client has been quiet for a while", async () => {
  const each = connected();
  await count(each);
  const { signal } = each.connection;
  for (let n = 0; n < 3; n++) {
    assert.equal(await count(each), COUNTED);
    assert.equal(each.connection.rest(Date.now()), false); // not quiet for long
  }
  assert.equal(each.connection.signal, signal);
  assert.equal(await lasts(each), false);
  assert.equal(await count(each), COUNTED);
});

for (const soon of [false, true]) {
  const when = soon ? "that lingers" : "by itself";

  test(`Connection: no conversation ends ${when} while an answer is owed`, async () => {
    const each = connected();
    if (soon) await count(each);
    each.connection.received('["COUNT","a",{}]');
    await nextTurn();
    assert.equal(await lasts(each), true);
    const { signal } = each.connection;
    each.running[0]!(1);
    await nextTurn();
    await lasts(each);
    assert.notEqual(each.connection.signal, signal);
  });

  test(`Connection: no conversation ends ${when} while a REQ waits for its EOSE`, async () => {
    const each = connected();
    if (soon) await count(each);
    const subscription = each.connection.open("y", [{}]);
    await each.connection.results({ subscription, page: [] });
    await nextTurn();
    assert.equal(await lasts(each), true);
    const { signal } = each.connection;
    await each.connection.results({ subscription, page: [], end: { hint: undefined } });
    await nextTurn();
    await lasts(each);
    assert.notEqual(each.connection.signal, signal);
    assert.equal(String(each.socket.written.at(-1)), '["EOSE","y"]');
  });
}

test("Connection: no conversation ends while an exchange is open", async () => {
  const { connection, services, socket } = connected();
  const answers = () => socket.written.flat();
  connection.received('["NEG-OPEN","n",{},"61"]');
  while (answers().length < 1) await nextTurn();
  connection.received('["NEG-MSG","n","61"]');
  while (answers().length < 2) await nextTurn();
  assert.deepEqual(answers(), ['["NEG-MSG","n","61"]', '["NEG-MSG","n","61"]']);
  connection.closed(1000);
  await connection.served;
  assert.equal(services.sync.exchanges, 0);
});

test("Connection: unreadable messages are counted across silence", async () => {
  const each = connected();
  for (let n = 0; n < 32; n++) {
    assert.deepEqual(each.socket.closed, []);
    each.connection.received("?");
    await nextTurn();
    if (n < 31) assert.equal(await lasts(each), true);
  }
  assert.deepEqual([each.socket.closed, each.ended], [[1008], ["garbage"]]);
});

test("Connection: a client that says more at once than can wait is sent away", () => {
  const { connection, ended, socket } = connected();
  const message = `["CLOSE","${"x".repeat(900)}"]`;
  for (let n = 0; n < 9_000; n++) connection.received(message); // 9 MB
  assert.deepEqual([socket.closed, ended], [[1008], []]);
});

test("Connection: it ends once, with or without a conversation", async () => {
  for (const [, begin] of quiet) {
    const each = connected();
    await begin(each);
    each.connection.closed(1006);
    await each.connection.served;
    each.connection.closed(1006); // as Deno may tell twice
    await nextTurn();
    assert.deepEqual([each.ended, each.connection.signal.aborted], [["error"], true]);
  }
});

test("Connection: every message is answered and every live event sent once, whenever the client was quiet", async () => {
  const happening = fc.oneof(
    fc.constant("message" as const),
    fc.constant("event" as const),
    fc.constant("quiet" as const),
    fc.constant("turn comes" as const),
    fc.constant("count ends" as const),
    fc.record({ wait: fc.nat(8) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { maxLength: 60, size: "max" }),
      fc.boolean(),
      async (happenings, waits) => {
        const { connection, letIn, publish, running, socket } = waits
          ? waiting()
          : { ...connected(), letIn() {} };
        let asked = 0, published = 0, answered = 0;
        for (const happens of happenings) {
          if (happens === "message") connection.received(`["COUNT","${asked++}",{}]`);
          else if (happens === "event") publish(published++);
          else if (happens === "quiet") connection.rest(LATER);
          else if (happens === "turn comes") letIn();
          else if (happens === "count ends") running[answered] && running[answered]!(answered++);
          else for (let n = 0; n < happens.wait; n++) await Promise.resolve();
        }
        letIn();
        while (answered < asked) {
          await nextTurn();
          while (running[answered]) running[answered]!(answered++);
        }
        await hasWritten(socket, published + asked);
        const sent = socket.written.flat();
        const of = (verb: string) => sent.filter((frame) => frame.startsWith(`["${verb}"`));
        assert.deepEqual(of("EVENT"), Array.from({ length: published }, (_, n) => `["EVENT","x",${n}]`));
        assert.deepEqual(of("COUNT").length, asked);
        connection.closed(1000);
        await connection.served;
      },
    ),
  );
});

test("Connection: what comes to one that has ended begins nothing, and it ends once", async () => {
  const each = connected();
  each.socket.buffered = 1_000_000;
  each.publish(1); // waits behind the full socket
  each.connection.closed(1006);
  each.connection.received("?");
  each.connection.shutDown();
  each.connection.checkIdle(LATER + 10_000_000);
  await nextTurn();
  assert.deepEqual([each.ended, each.socket.written, each.connection.depth.live], [["error"], [], 0]);
});

test("Connection: whose turn has not come waits with all it says, and gets its live events meanwhile", async () => {
  const { connection, letIn, publish, socket } = waiting();
  for (let n = 0; n < 2; n++) connection.received("?");
  publish(1);
  await nextTurn();
  assert.deepEqual([socket.written, connection.depth.inbox], [[['["EVENT","x",1]']], 2]);
  letIn();
  await nextTurn();
  assert.deepEqual([socket.written.flat().length, connection.depth.inbox], [3, 0]);
  connection.closed(1000);
  await connection.served;
});

test("Connection: who goes before its turn begins nothing when that comes", async () => {
  const { connection, ended, letIn, socket } = waiting();
  connection.received("?");
  connection.closed(1000);
  await connection.served;
  letIn();
  await nextTurn();
  assert.deepEqual([ended, socket.written, connection.depth.inbox], [["normal"], [], 0]);
});

test("Connection: a stop waits for no turn", async () => {
  const { connection, ended, letIn, socket } = waiting();
  connection.received("?");
  connection.shutDown();
  await connection.served;
  letIn();
  await nextTurn();
  assert.deepEqual([ended, socket.closed], [["shutdown"], [1001]]);
});

for (
  const [how, answer] of [
    ["has its answer", ({ running }) => running[0]!(7)],
    ["is gone", ({ connection }) => connection.closed(1006)],
  ] as [string, (each: Connected) => void][]
) {
  test(`Connection: who waits for an answer keeps the next waiting, until it ${how}`, async () => {
    const lobby = oneByOne(), each = connected({ lobby }), next = connected({ lobby });
    each.connection.received('["COUNT","c",{}]');
    next.connection.received("?");
    await nextTurn();
    assert.equal(next.connection.depth.inbox, 1);
    answer(each);
    await nextTurn();
    assert.deepEqual([next.connection.depth.inbox, next.socket.written.length], [0, 1]);
    for (const { connection } of [each, next]) connection.closed(1000);
  });
}

test("Connection: a message that comes while live events wait behind a full socket is read", async () => {
  const { connection, publish, socket } = connected();
  socket.buffered = 1_000_000;
  publish(1);
  await nextTurn();
  connection.received("?");
  socket.buffered = 0;
  for (const until = Date.now() + 5_000; socket.written.length < 2 && Date.now() < until;) await nextTurn();
  assert.match(String(socket.written[1]), /NOTICE/);
  connection.closed(1000);
});

test("Connection: a conversation in which nothing is answered ends behind a full socket too", async () => {
  const { connection, socket } = connected();
  socket.buffered = 1_000_000;
  connection.received('["CLOSE","y"]');
  const { signal } = connection; // another in each conversation
  await nextTurn();
  assert.notEqual(connection.signal, signal);
  connection.closed(1000);
  await connection.served;
});

test("Connection: a CLOSE, which has no answer, keeps nobody waiting", async () => {
  const lobby = oneByOne(), each = connected({ lobby }), next = connected({ lobby });
  for (let n = 0; n < 2; n++) { // the second conversation lingers
    each.connection.received('["CLOSE","y"]');
    await nextTurn();
  }
  next.connection.received("?");
  await nextTurn();
  assert.equal(next.socket.written.length, 1);
  for (const { connection } of [each, next]) connection.closed(1000);
});

test("Connection: a stop is not lost behind the end of a conversation that lingers", async () => {
  const each = connected();
  for (let n = 0; n < 2; n++) await count(each);
  each.connection.rest(LATER);
  each.connection.shutDown();
  await nextTurn();
  assert.deepEqual([each.socket.closed, each.ended], [[1001], ["shutdown"]]);
});

test("Connection: a stop waits for no stored query, nor for what waits behind one", async () => {
  const { connection, ended, socket } = connected();
  socket.buffered = 1_000_000; // so pages wait, and the two queries that may run with them
  for (const id of "ab") connection.received(`["REQ","${id}",{}]`);
  connection.received('["NEG-OPEN","n",{},"61"]');
  await nextTurn();
  connection.shutDown();
  socket.buffered = 0;
  for (const until = Date.now() + 5_000; ended.length === 0 && Date.now() < until;) await nextTurn();
  assert.deepEqual([ended, socket.closed], [["shutdown"], [1001]]);
});

test("Connection: not much is found at once for a client that has still to be sent what was found before", () => {
  const { connection, socket } = connected();
  assert.equal(connection.ample, true);
  socket.buffered = 1;
  assert.equal(connection.ample, false);
  socket.buffered = 0;
  const [subscription] = connection.subscriptions.values();
  void connection.results({ subscription: subscription!, page: [] });
  assert.equal(connection.ample, false);
  connection.closed(1000);
});
