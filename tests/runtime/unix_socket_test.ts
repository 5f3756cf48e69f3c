import assert from "node:assert/strict";
import { existsSync, lstatSync, renameSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { handshake, RawClient } from "../fixtures/raw_client.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { temporaryDirectory } from "../storage/stores.ts";
import { test } from "../harness.ts";

const HOST = "relay.example.com";

/** Starts a relay with a Unix socket in the folder. */
const startAt = (path: string, more = "", rest = "") =>
  startRelay(`[network]\nunix_socket = ${JSON.stringify(path)}\n${more}\n${rest}`);

async function speakTo(path: string, headers: Record<string, string> = {}): Promise<RawClient> {
  const client = await RawClient.over(connect(path));
  client.write(handshake(0, { Host: HOST, ...headers }));
  const { status, text } = await client.response();
  if (status !== 101) {
    await client[Symbol.asyncDispose]();
    throw new Error(`${status} ${text}`);
  }
  return client;
}

/** What a plain request gets: the text of the answer. */
function fetchFrom(socketPath: string, path: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, headers: { host: HOST, ...headers } }, (response) => {
      let text = "";
      response.on("data", (data) => text += data);
      response.on("end", () => resolve(text));
    }).on("error", reject).end();
  });
}

async function publishAndFind(client: RawClient): Promise<void> {
  const event = signedEvent();
  client.send("EVENT", event);
  assert.deepEqual(await client.message("OK"), ["OK", event.id, true, ""]);
  client.send("REQ", "all", {});
  assert.deepEqual(await client.message("EVENT"), ["EVENT", "all", event]);
}

test("unix socket: events are published and found, beside the TCP port", async () => {
  using folder = temporaryDirectory();
  const path = join(folder.path, "relay.sock");
  await using relay = await startAt(path);
  {
    await using client = await speakTo(path);
    await publishAndFind(client);
  }
  const response = await fetch(`${relay.httpUrl}/health`);
  assert.equal((await response.json()).status, "ok");
});

test("unix socket: alone, with network.tcp = false", async () => {
  using folder = temporaryDirectory();
  const path = join(folder.path, "relay.sock");
  await using relay = await startAt(path, "tcp = false");
  assert.equal(relay.relay.tcp, undefined);
  assert.equal(relay.relay.unixSocket, path);
  await using client = await speakTo(path);
  await publishAndFind(client);
});

test("unix socket: pages are served, and x-forwarded-proto is believed", async () => {
  using folder = temporaryDirectory();
  const path = join(folder.path, "relay.sock");
  await using _relay = await startAt(path);
  assert.equal(JSON.parse(await fetchFrom(path, "/", { accept: "application/nostr+json" })).name, "Longneck");
  assert.match(await fetchFrom(path, "/", {}), /connect to ws:\/\/relay\.example\.com\//);
  assert.match(
    await fetchFrom(path, "/", { "x-forwarded-proto": "https" }),
    /connect to wss:\/\/relay\.example\.com\//,
  );
});

for (
  const [rule, more, header] of [
    ["in x-forwarded-for, with nothing configured", "", "x-forwarded-for"],
    ["also where nobody else is trusted", "trusted_proxies = []", "x-forwarded-for"],
    ["in the header that is configured", 'remote_ip_header = "x-real-ip"', "x-real-ip"],
  ] as const
) {
  test(`unix socket: the proxy's word on whom it speaks for is taken: ${rule}`, async () => {
    using folder = temporaryDirectory();
    const path = join(folder.path, "relay.sock");
    await using _relay = await startAt(path, more, "[limits]\nmax_connections_per_ip = 1");
    await using _first = await speakTo(path, { [header]: "203.0.113.5" });
    await assert.rejects(speakTo(path, { [header]: "198.51.100.1, 203.0.113.5" }), /^Error: 429 /);
    await using _other = await speakTo(path, { [header]: "203.0.113.6" });
  });
}

test("unix socket: a proxy that names nobody is not limited", async () => {
  using folder = temporaryDirectory();
  const path = join(folder.path, "relay.sock");
  await using _relay = await startAt(path, "", "[limits]\nmax_connections_per_ip = 1");
  await using _first = await speakTo(path);
  await using _second = await speakTo(path);
});

for (
  const [more, mode] of [["", 0o660], ['unix_socket_mode = "600"', 0o600], [
    'unix_socket_mode = "0666"',
    0o666,
  ]] as const
) {
  test(`unix socket: its mode is ${mode.toString(8)} with ${more || "the default"}`, async () => {
    using folder = temporaryDirectory();
    const path = join(folder.path, "relay.sock");
    await using _relay = await startAt(path, more);
    assert.equal(lstatSync(path).mode & 0o777, mode);
  });
}

test("unix socket: it is gone after a stop", async () => {
  using folder = temporaryDirectory();
  const path = join(folder.path, "relay.sock");
  const relay = await startAt(path);
  assert.ok(existsSync(path));
  await relay[Symbol.asyncDispose]();
  assert.equal(existsSync(path), false);
});

test("unix socket: one that a crash has left is replaced", async () => {
  using folder = temporaryDirectory();
  const path = join(folder.path, "relay.sock"), elsewhere = join(folder.path, "other.sock");
  const crashed = createServer();
  await new Promise<void>((resolve) => crashed.listen(elsewhere, resolve));
  renameSync(elsewhere, path); // closing the server does not find it to remove
  await new Promise((resolve) => crashed.close(resolve));
  assert.ok(lstatSync(path).isSocket());
  await using _relay = await startAt(path);
  await using client = await speakTo(path);
  await publishAndFind(client);
});

test("unix socket: one on which another relay listens is an error, and stays in service", async () => {
  using folder = temporaryDirectory();
  const path = join(folder.path, "relay.sock");
  await using _relay = await startAt(path);
  await assert.rejects(startAt(path), { message: `cannot listen on ${path}: another process listens there` });
  await using client = await speakTo(path);
  await publishAndFind(client);
});

test("unix socket: a file that is no socket is an error, and is left alone", async () => {
  using folder = temporaryDirectory();
  const path = join(folder.path, "relay.sock");
  writeFileSync(path, "precious");
  await assert.rejects(startAt(path), {
    message: `cannot listen on ${path}: there is a file, which is no socket`,
  });
  assert.ok(lstatSync(path).isFile());
});

test("unix socket: a folder that is not there is an error that names the socket", async () => {
  using folder = temporaryDirectory();
  const path = join(folder.path, "no", "relay.sock");
  await assert.rejects(
    startAt(path),
    (error: Error) => error.message.startsWith(`cannot listen on ${path}: `),
  );
});

test("unix socket: a stop ends the connections that came through it", async () => {
  using folder = temporaryDirectory();
  const path = join(folder.path, "relay.sock");
  const relay: TestRelay = await startAt(path);
  await using client = await speakTo(path);
  await relay[Symbol.asyncDispose]();
  assert.equal(await client.closed(), 1001);
});
