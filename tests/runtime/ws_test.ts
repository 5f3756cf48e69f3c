import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { runtime, startRelay } from "../fixtures/relay.ts";
import { test } from "../harness.ts";

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

const rule = "ws: a request that no Request can hold gets 400, and the relay lives";

if (!runtime.hasWs) test.skip(rule, `${runtime.name} has its own server only`);
else {
  test(rule, async () => {
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
}
