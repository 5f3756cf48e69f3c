import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { WebSocket } from "ws";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { runtime, startRelay } from "../fixtures/relay.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";
import { temporaryDirectory } from "../storage/stores.ts";

const HANDSHAKE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

/** The status line of the answer to a request written as it is. */
async function statusOf(port: number, head: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`${head}Connection: close\r\n\r\n`);
  let answer = "";
  socket.on("data", (data) => answer += data);
  await once(socket, "close");
  return answer.split("\r\n", 1)[0]!;
}

/** A test of the `ws` server, which not every runtime has. */
function testOnWs(rule: string, body: () => Promise<void>): void {
  if (runtime.hasWs) test(rule, body);
  else test.skip(rule, `${runtime.name} has its own server only`);
}

testOnWs("ws: a request that no Request can hold gets 400, and the relay lives", async () => {
  await using relay = await startRelay('[network]\nwebsocket = "ws"');
  for (
    const head of [
      "GET // HTTP/1.1\r\nHost: relay.test\r\n",
      "GET / HTTP/1.1\r\nHost: [\r\n",
      "TRACE / HTTP/1.1\r\nHost: relay.test\r\n",
      `GET // HTTP/1.1\r\nHost: relay.test\r\n${HANDSHAKE}`,
    ]
  ) assert.match(await statusOf(relay.port, head), /^HTTP\/1\.1 400\b/, head);
  assert.match(await (await fetch(relay.httpUrl)).text(), /is a Nostr relay/);
});

/** Sends messages and gives what comes up to one of this verb, as often as that is due. */
async function ask(client: WebSocket, messages: unknown[], verb: string, times = 1): Promise<unknown[][]> {
  const answers: unknown[][] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const take = (data: unknown) => {
    answers.push(JSON.parse(String(data)));
    if (answers.at(-1)![0] === verb && --times === 0) resolve();
  };
  client.on("message", take);
  for (const message of messages) client.send(JSON.stringify(message));
  await promise;
  client.off("message", take);
  return answers;
}

for (const compression of [false, true]) {
  for (const offered of [false, true]) {
    const who = `a client that offers ${offered ? "" : "no "}compression to a server ${
      compression ? "with" : "without"
    } it`;
    testOnWs(`ws: stored events come whole to ${who}`, async () => {
      using directory = temporaryDirectory();
      await using relay = await startRelay(`
        [network]
        websocket = "ws"
        compression = ${compression}
        [database]
        engine = "sqlite"
        data_directory = ${JSON.stringify(directory.path)}`);
      const client = new WebSocket(relay.url, { perMessageDeflate: offered });
      await once(client, "open");
      assert.equal(client.extensions !== "", compression && offered);
      const notes = ["plain", "Größe €", "😀".repeat(2_000)].map((content) => signedEvent({ content }));
      await ask(client, notes.map((note) => ["EVENT", note]), "OK", notes.length);
      const expected = notes.map((note) => ["EVENT", "s", note]).sort(byId);
      for (let times = 0; times < 4; times++) { // the last from memory, which keeps what it has loaded twice
        const answers = await ask(client, [["REQ", "s", { kinds: [1] }]], "EOSE");
        assert.deepEqual(answers.filter(([verb]) => verb === "EVENT").sort(byId), expected);
      }
      client.terminate();
      await once(client, "close");
    });
  }
}

function byId([, , a]: unknown[], [, , b]: unknown[]): number {
  return (a as NostrEvent).id < (b as NostrEvent).id ? -1 : 1;
}
