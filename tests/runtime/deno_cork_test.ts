import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Socket } from "../../src/connection/socket.ts";
import { Descriptors } from "../../src/runtime/descriptors.ts";
import { RawClient } from "../fixtures/raw_client.ts";
import { onDeno } from "../fixtures/process.ts";
import { test } from "../harness.ts";

const onLinux = onDeno && Deno.build.os === "linux";

/** Loads the C library, once for the process: so not in a test, which would have to unload it. */
const deno = onLinux ? await import("../../src/runtime/deno.ts") : undefined;

const rule = (text: string, body: () => Promise<void>) =>
  onLinux ? test(text, body) : test.skip(text, "TCP_CORK is for Deno's own server, on Linux");

/** Answers whether a connection of this process is corked, and who has which descriptor. */
function inspector() {
  const library = Deno.dlopen("libc.so.6", {
    getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
    getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  });
  const { symbols } = library;
  const isCorked = (descriptor: number) => {
    const value = new Uint8Array(4);
    assert.equal(symbols.getsockopt(descriptor, 6, 3, value, Uint8Array.of(4, 0, 0, 0)), 0);
    return value[0] === 1;
  };
  return { descriptors: new Descriptors(symbols), isCorked, [Symbol.dispose]: () => library.close() };
}

/** Waits until a connection is let go; less long than the system itself would hold it. */
async function letGo(isCorked: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100 && isCorked(); turn++) await nextTurn();
  assert.equal(isCorked(), false);
}

/** Deno's server, which hands over its end of each connection that is made. */
async function serve(address: string) {
  const opened: ((socket: Socket) => void)[] = [];
  const closed = Promise.withResolvers<void>();
  const listening = await deno!.runtime.listen({
    place: { address, port: 0 },
    pingSeconds: 0,
    hardMessageBytes: 1_000,
    answer: () => (socket) => {
      opened.shift()!(socket);
      return { received() {}, closed: () => closed.resolve() };
    },
  });
  const { port } = listening.place as { port: number };
  return {
    async connect(): Promise<{ client: RawClient; socket: Socket }> {
      const socket = new Promise<Socket>((resolve) => opened.push(resolve));
      return { client: await RawClient.connect(port), socket: await socket };
    },
    closed: closed.promise,
    [Symbol.asyncDispose]: () => listening.stop(),
  };
}

for (const address of ["127.0.0.1", "::"]) {
  rule(
    `deno, listening on ${address}: frames sent together are held back, and let go when written`,
    async () => {
      using inspected = inspector();
      await using server = await serve(address);
      const { client, socket } = await server.connect();
      await using _ = client;
      const peer = address === "::" ? "::ffff:127.0.0.1" : address;
      const descriptor = inspected.descriptors.take({ hostname: peer, port: client.socket.localPort! })!;
      const isCorked = () => inspected.isCorked(descriptor);
      assert.equal(isCorked(), false);

      socket.send(['["one"]']);
      assert.equal(isCorked(), false, "one frame alone is not held back");
      socket.send(['["two"]']);
      assert.equal(isCorked(), true, "another in the same turn is");
      await letGo(isCorked);

      socket.send(['["three"]', '["four"]']);
      assert.equal(isCorked(), true);
      for (const verb of ["one", "two", "three", "four"]) {
        assert.deepEqual(await client.message(verb), [verb]);
      }
      await letGo(isCorked);
    },
  );
}

rule("deno: a descriptor that its connection has given back is found again for the next one", async () => {
  using inspected = inspector();
  await using server = await serve("127.0.0.1");
  {
    await using client = (await server.connect()).client;
    client.write(new Uint8Array());
  }
  await server.closed;
  const { client, socket } = await server.connect();
  await using _ = client;
  const port = client.socket.localPort!;
  const descriptor = inspected.descriptors.take({ hostname: "127.0.0.1", port })!;
  socket.send(['["one"]', '["two"]']);
  assert.equal(inspected.isCorked(descriptor), true);
  assert.deepEqual(await client.message("two"), ["two"]);
  await letGo(() => inspected.isCorked(descriptor));
});
