import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import process from "node:process";
import { setImmediate as nextTurn } from "node:timers/promises";
import { closePayload, frame, OPCODE, RawClient } from "../fixtures/raw_client.ts";
import { startRelay } from "../fixtures/relay.ts";
import { test } from "../harness.ts";

test("a client that is still sending when it is to go is told why, and is not cut off before it answers", async () => {
  await using relay = await startRelay();
  await using client = await RawClient.connect(relay.port);
  const garbage = Array.from({ length: 200 }, (_, n) => frame(`garbage ${n} `.padEnd(10_000, "x")));
  client.write(Buffer.concat(garbage)); // the relay has heard enough long before the end
  assert.equal(await client.closed(), 1008);
  client.write(frame(closePayload(1008), { opcode: OPCODE.close }));
  assert.equal(await client.hungUp(), undefined);
});

const endless = "a client that never stops sending is cut off all the same";
const cutsOff = async () => {
  await using relay = await startRelay();
  await using client = await RawClient.connect(relay.port);
  let gone = false;
  const end = client.hungUp().then(() => gone = true);
  for (let n = 0; !gone; n++) {
    client.write(frame(`garbage ${n}`));
    await nextTurn();
  }
  await end;
};
if (process.env.LONGNECK_TEST_WEBSOCKET !== "ws") test(endless, cutsOff);
else test.skip(endless, "`ws` gives a client 30 seconds");

test("nothing is said between the decision to close a connection and the goodbye", async () => {
  await using relay = await startRelay("[limits]\nmax_connections = 1\n[authorization]\nnip42_auth = true");
  const handshakes = Array.from({ length: 12 }, () => RawClient.connect(relay.port).catch(() => undefined));
  for (const client of await Promise.all(handshakes)) {
    if (!client) continue; // refused before the handshake
    await using _ = client;
    if ((await client.frame()).opcode === OPCODE.close) continue; // turned away, and that is all
    client.send("HELLO");
    assert.equal((await client.frame()).opcode, OPCODE.text);
  }
});
