import assert from "node:assert/strict";
import { Client } from "../fixtures/client.ts";
import { handshake, RawClient } from "../fixtures/raw_client.ts";
import { startRelay } from "../fixtures/relay.ts";
import { test } from "../harness.ts";

type Headers = Parameters<typeof handshake>[1];

/** The key and the answer to it that RFC 6455 (1.3) shows. */
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

const lowerCase = {
  Connection: undefined,
  Upgrade: undefined,
  "Sec-WebSocket-Version": undefined,
  "Sec-WebSocket-Key": undefined,
  connection: "upgrade",
  upgrade: "WebSocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

for (
  const [what, status, headers, line] of [
    ["a right one", 101, {}],
    ["header names in lower case", 101, lowerCase],
    ["Connection: keep-alive, Upgrade", 101, { Connection: "keep-alive, Upgrade" }],
    ["extensions that are not spoken", 101, { "Sec-WebSocket-Extensions": "permessage-deflate; x-unknown" }],
    ["a query", 101, {}, "GET /?from=here HTTP/1.1"],
    ["another version", 426, { "Sec-WebSocket-Version": "8" }],
    ["no version", 426, { "Sec-WebSocket-Version": undefined }],
    ["no key", 400, { "Sec-WebSocket-Key": undefined }],
    ["a short key", 400, { "Sec-WebSocket-Key": "c2hvcnQ=" }],
    ["a key that is not base64", 400, { "Sec-WebSocket-Key": "!".repeat(24) }],
    ["no Connection header", 400, { Connection: undefined }],
    ["Connection: close", 400, { Connection: "close" }],
    ["another path", 404, {}, "GET /other HTTP/1.1"],
    ["a path below", 404, {}, "GET /x/y HTTP/1.1"],
  ] as [string, number, Headers, string?][]
) {
  test(`handshake: ${what} is answered with ${status}`, async () => {
    await using relay = await startRelay();
    await using client = await RawClient.dial(relay.port);
    client.write(handshake(relay.port, headers, line));
    const response = await client.response();
    assert.equal(response.status, status);
    if (status === 101) {
      assert.equal(response.headers.get("sec-websocket-accept"), ACCEPT);
      assert.equal(response.headers.get("sec-websocket-extensions"), null);
      assert.equal((await client.message())[0], "AUTH");
    } else assert.match(response.text, /^([A-Z].*\.\n)?$/, "a sentence says why, where we are asked");
    if (status === 426) assert.equal(response.headers.get("sec-websocket-version"), "13");
  });
}

for (const method of ["POST", "PUT", "OPTIONS", "DELETE"]) {
  test(`handshake: ${method} makes no WebSocket`, async () => {
    await using relay = await startRelay();
    await using client = await RawClient.dial(relay.port);
    client.write(handshake(relay.port, { "Content-Length": "0" }, `${method} / HTTP/1.1`));
    const { status } = await client.response();
    assert.ok([400, 405].includes(status), `${status}`);
  });
}

test("handshake: what is no HTTP at all is turned away, and the relay goes on", async () => {
  await using relay = await startRelay();
  const nonsense = [
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
    "\r\n\r\n\r\n",
    "GET\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "\0".repeat(5000),
    handshake(relay.port, { "X-Long": "x".repeat(500_000) }),
    handshake(relay.port, { "Bad Name": "x" }),
  ];
  for (const text of nonsense) {
    await using client = await RawClient.dial(relay.port);
    client.write(text);
    client.socket.end();
    await client.hungUp();
  }
  await using client = await Client.connect(relay.url);
  assert.deepEqual(await client.request("x", {}), []);
});

test("handshake: hosts that make no address harm nobody", async () => {
  await using relay = await startRelay();
  for (const host of ["", "a b", "[::1", "x".repeat(5000), "%zz", "user:password@host", "../.."]) {
    await using client = await RawClient.dial(relay.port);
    client.write(handshake(relay.port, { Host: host }));
    assert.ok((await client.response()).status < 500, host);
  }
});

test("handshake: with network.path WebSockets are spoken there and nowhere else", async () => {
  await using relay = await startRelay('[network]\npath = "/nostr"');
  for (
    const [path, status] of [["/nostr", 101], ["/nostr?x=1", 101], ["/", 404], ["/nostr/", 404], [
      "/nostrx",
      404,
    ]]
  ) {
    await using client = await RawClient.dial(relay.port);
    client.write(handshake(relay.port, {}, `GET ${path} HTTP/1.1`));
    assert.equal((await client.response()).status, status, `${path}`);
  }
});
