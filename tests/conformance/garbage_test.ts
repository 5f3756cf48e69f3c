import assert from "node:assert/strict";
import { Client } from "../fixtures/client.ts";
import { metricBecomes } from "../fixtures/metrics.ts";
import { startRelay } from "../fixtures/relay.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

for (
  const [what, text, prefix] of [
    ["no JSON", "hello", "invalid"],
    ["no array", '{"verb":"REQ"}', "invalid"],
    ["an empty array", "[]", "invalid"],
    ["a number", "5", "invalid"],
    ["null", "null", "invalid"],
    ["an unknown verb", '["HELLO","x"]', "unsupported"],
    ["a verb in lower case", '["req","x",{}]', "unsupported"],
    ["a verb that is no string", '[1,"x",{}]', "unsupported"],
    ["EVENT without event", '["EVENT"]', "invalid"],
    ["EVENT with two", '["EVENT",{},{}]', "invalid"],
    ["CLOSE without id", '["CLOSE"]', "invalid"],
    ["two messages", '["CLOSE","x"]["CLOSE","x"]', "invalid"],
    ["a byte order mark", '\ufeff["CLOSE","x"]', "invalid"],
  ] as const
) {
  test(`NOTICE: ${what} gets one, and the connection lives`, async () => {
    await using relay = await startRelay();
    await using client = await Client.connect(relay.url);
    client.sendText(text);
    const [verb, sentence, ...more] = await client.next("NOTICE", "OK", "CLOSED");
    assert.equal(verb, "NOTICE");
    assert.match(sentence, new RegExp(`^${prefix}: .+`));
    assert.deepEqual(more, []);
    assert.deepEqual(await client.publish(signedEvent()), [true, ""]);
  });
}

test("garbage that goes on is answered for a while, then the connection is closed with 1008", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (let n = 0; n < 40; n++) client.sendText(`garbage ${n}`);
  const { code, reason } = await client.closed();
  assert.equal(code, 1008);
  assert.match(reason, /unreadable/);
  for (let n = 0; n < 30; n++) assert.equal((await client.next("NOTICE"))[0], "NOTICE");
  await metricBecomes(relay, 'nostr_disconnects_total{reason="garbage"}', 1);
  await metricBecomes(relay, "nostr_connections", 0);
});

test("garbage now and then, between messages that are right, closes nothing", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (let n = 0; n < 100; n++) {
    client.sendText("garbage");
    if (n % 10 === 0) await client.drain();
  }
  assert.deepEqual(await client.request("x", {}), []);
});

test("binary and oversize messages count as garbage too", async () => {
  await using relay = await startRelay("[limits]\nmax_ws_message_bytes = 100\nmax_event_bytes = 100");
  for (const message of [new Uint8Array(5), "x".repeat(101)]) {
    await using client = await Client.connect(relay.url);
    for (let n = 0; n < 40; n++) client.sendText(message);
    assert.equal((await client.closed()).code, 1008);
  }
});
