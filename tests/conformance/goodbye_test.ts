import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
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
