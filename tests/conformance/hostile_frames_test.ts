import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Client } from "../fixtures/client.ts";
import { allIsQuiet, metricBecomes } from "../fixtures/metrics.ts";
import { closePayload, frame, OPCODE, RawClient } from "../fixtures/raw_client.ts";
import { startRelay } from "../fixtures/relay.ts";
import { test } from "../harness.ts";

const request = '["REQ","x",{}]';
const bytes = (...values: number[]) => new Uint8Array(values);

test("a binary frame gets a NOTICE, and the connection lives", async () => {
  await using relay = await startRelay();
  await using client = await RawClient.connect(relay.port);
  client.write(frame(request, { opcode: OPCODE.binary }));
  assert.match((await client.message("NOTICE"))[1], /^invalid: .*binary/);
  client.write(frame(request));
  assert.deepEqual(await client.message("EOSE"), ["EOSE", "x", ["finish"]]);
});

test("an empty frame gets a NOTICE, and the connection lives", async () => {
  await using relay = await startRelay();
  await using client = await RawClient.connect(relay.port);
  for (const opcode of [OPCODE.text, OPCODE.binary]) {
    client.write(frame("", { opcode }));
    assert.match((await client.message("NOTICE"))[1], /^invalid: /);
  }
  client.write(frame(request));
  assert.deepEqual(await client.message("EOSE"), ["EOSE", "x", ["finish"]]);
});

test("a message in fragments is one message, with control frames between and letters cut in two", async () => {
  await using relay = await startRelay();
  await using client = await RawClient.connect(relay.port);
  const text = Buffer.from('["REQ","🦒",{}]');
  const { continuation, ping, pong } = OPCODE;
  client.write(frame(text.subarray(0, 10), { fin: false }));
  client.write(frame("", { opcode: continuation, fin: false }));
  client.write(frame("between", { opcode: ping }));
  client.write(frame("nobody asked", { opcode: pong }));
  client.write(frame(text.subarray(10), { opcode: continuation }));
  assert.deepEqual(await client.message("EOSE"), ["EOSE", "🦒", ["finish"]]);
});

test("a frame that comes byte by byte is one frame", async () => {
  await using relay = await startRelay();
  await using client = await RawClient.connect(relay.port);
  client.socket.setNoDelay(true);
  for (const byte of frame(request)) client.write(bytes(byte));
  assert.deepEqual(await client.message("EOSE"), ["EOSE", "x", ["finish"]]);
});

test("many messages in one segment are each answered, in order", async () => {
  await using relay = await startRelay();
  await using client = await RawClient.connect(relay.port);
  const ids = Array.from({ length: 30 }, (_, n) => `${n}`);
  client.write(Buffer.concat(ids.map((id) => frame(JSON.stringify(["REQ", id, {}])))));
  for (const id of ids) assert.deepEqual(await client.message("EOSE"), ["EOSE", id, ["finish"]]);
});

test("a ping is answered by a pong with its payload (RFC 6455, 5.5.3)", async () => {
  await using relay = await startRelay();
  await using client = await RawClient.connect(relay.port);
  await client.message("AUTH");
  for (const payload of ["", "giraffe", "x".repeat(125)]) {
    client.write(frame(payload, { opcode: OPCODE.ping }));
    const pong = await client.frame();
    assert.equal(pong.opcode, OPCODE.pong);
    assert.equal(new TextDecoder().decode(pong.payload), payload);
  }
});

/** What ends a connection, and which codes may say so. Deno hangs up without a close frame for most. */
const breaches: [what: string, codes: number[], ...frames: Uint8Array[]][] = [
  ["invalid UTF-8", [1007], frame(bytes(0x22, 0xff, 0xfe, 0x22))],
  ["a surrogate in UTF-8", [1007], frame(bytes(0x22, 0xed, 0xa0, 0x80, 0x22))],
  ["half a letter in UTF-8", [1007], frame(bytes(0x22, 0xc3))],
  ["the reserved opcode 3", [1002], frame(request, { opcode: 3 })],
  ["the reserved opcode 11", [1002], frame("", { opcode: 11 })],
  ["a reserved bit", [1002], frame(request, { reserved: 4 })],
  ["another reserved bit", [1002], frame(request, { reserved: 1 })],
  ["a continuation of nothing", [1002], frame(request, { opcode: OPCODE.continuation })],
  ["a message within a message", [1002], frame("[", { fin: false }), frame(request)],
  ["a ping in fragments", [1002], frame("", { opcode: OPCODE.ping, fin: false })],
  ["a ping of 126 bytes", [1002], frame("x".repeat(126), { opcode: OPCODE.ping })],
  ["a length beyond 2^63", [1002, 1009], bytes(0x81, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4)],
  ["a length of a terabyte", [1009], bytes(0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4)],
  ["a close frame of one byte", [1002], frame(bytes(3), { opcode: OPCODE.close })],
  ["a close frame with invalid UTF-8", [1007], frame(bytes(3, 232, 0xff), { opcode: OPCODE.close })],
  ["a close frame in fragments", [1002], frame(closePayload(1000), { opcode: OPCODE.close, fin: false })],
  ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535].map((code): [string, number[], Uint8Array] => [
    `the close code ${code}`,
    [1002],
    frame(closePayload(code), { opcode: OPCODE.close }),
  ]),
];

for (const [what, codes, ...frames] of breaches) {
  test(`${what} ends that connection, and no other (RFC 6455)`, async () => {
    await using relay = await startRelay();
    await using other = await Client.connect(relay.url);
    await using client = await RawClient.connect(relay.port);
    for (const each of frames) client.write(each);
    const code = await client.closed();
    assert.ok(code === undefined || codes.includes(code), `closed with ${code}`);
    await client.hungUp();
    assert.deepEqual(await other.request("x", {}), []);
    await other.close();
    await allIsQuiet(relay);
  });
}

const unmasked = "an unmasked frame ends the connection (RFC 6455, 5.1)";
if ("Deno" in globalThis) test.skip(unmasked, "Deno's own WebSockets accept them");
else {
  test(unmasked, async () => {
    await using relay = await startRelay();
    await using client = await RawClient.connect(relay.port);
    client.write(frame(request, { masked: false }));
    assert.equal(await client.closed(), 1002);
  });
}

test("a close frame is answered with its code, and the connection is gone", async () => {
  await using relay = await startRelay();
  for (
    const [sent, received] of [[1000, 1000], [1001, 1001], [3000, 3000], [4999, 4999], [undefined, undefined]]
  ) {
    await using client = await RawClient.connect(relay.port);
    client.send("REQ", "x", {});
    await client.message("EOSE");
    const payload = sent === undefined ? "" : closePayload(sent, "bye");
    client.write(frame(payload, { opcode: OPCODE.close }));
    assert.equal(await client.closed(), received);
    await client.hungUp();
  }
  await allIsQuiet(relay);
});

test("what follows a close frame is not answered", async () => {
  await using relay = await startRelay();
  await using client = await RawClient.connect(relay.port);
  await client.message("AUTH");
  const close = frame(closePayload(1000), { opcode: OPCODE.close });
  client.write(Buffer.concat([close, frame('["REQ","late",{}]'), frame("", { opcode: OPCODE.ping })]));
  assert.equal((await client.frame()).opcode, OPCODE.close);
  await client.hungUp();
  await allIsQuiet(relay);
});

test("a client that dies in the middle of a frame leaves nothing behind", async () => {
  await using relay = await startRelay();
  for (const length of [1, 5, 10]) {
    const client = await RawClient.connect(relay.port);
    client.send("REQ", "x", {});
    await client.message("EOSE");
    client.write(frame(request).subarray(0, length));
    await metricBecomes(relay, "nostr_connections", 1);
    await client[Symbol.asyncDispose]();
    await allIsQuiet(relay);
  }
});

test("a client that dies in its handshake leaves nothing behind", async () => {
  await using relay = await startRelay();
  const client = await RawClient.dial(relay.port);
  client.write("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: webso");
  await client[Symbol.asyncDispose]();
  await using other = await Client.connect(relay.url);
  assert.deepEqual(await other.request("x", {}), []);
});

test("a client that says nothing after its handshake is closed as idle", async () => {
  await using relay = await startRelay("[limits]\nmax_conn_idle_seconds = 1");
  await using client = await RawClient.connect(relay.port);
  assert.equal(await client.closed(), 1000);
  await metricBecomes(relay, 'nostr_disconnects_total{reason="timeout"}', 1);
});

test("half a message does not keep a connection from being idle", async () => {
  await using relay = await startRelay("[limits]\nmax_conn_idle_seconds = 1");
  await using client = await RawClient.connect(relay.port);
  client.write(frame('["REQ",', { fin: false }));
  assert.equal(await client.closed(), 1000);
});
