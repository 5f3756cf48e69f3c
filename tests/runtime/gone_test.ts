import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import v8 from "node:v8";
import { runInNewContext } from "node:vm";
import type { SocketEvents } from "../../src/connection/socket.ts";
import type { Listen, TcpPlace } from "../../src/runtime/listener.ts";
import { listenWithWs } from "../../src/runtime/ws.ts";
import { onDeno } from "../fixtures/process.ts";
import { frame, OPCODE, RawClient } from "../fixtures/raw_client.ts";
import { runtime } from "../fixtures/relay.ts";
import { test } from "../harness.ts";

const CLIENTS = 20;

/** A collector that looks at the stack may take a number there for a reference. */
const MISTAKES = 2;

/** Who is told what happens on one connection. */
class Told implements SocketEvents {
  readonly gone = Promise.withResolvers<void>();
  received(): void {}
  closed(): void {
    this.gone.resolve();
  }
}

function collector(): () => void {
  if (!onDeno) return () => (globalThis as unknown as { Bun: { gc(now: boolean): void } }).Bun.gc(true);
  v8.setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}

/** Lets clients come and go; answers who was told of each, as far as anybody still keeps them. */
async function comeAndGo(listen: Listen, leave: (client: RawClient) => void): Promise<WeakRef<Told>[]> {
  const told: Told[] = [];
  const listening = await listen({
    place: { address: "127.0.0.1", port: 0 },
    pingSeconds: 300,
    hardMessageBytes: 1_000,
    answer: () => () => {
      told.push(new Told());
      return told.at(-1)!;
    },
  });
  try {
    const { port } = listening.place as TcpPlace;
    for (let n = 0; n < CLIENTS; n++) {
      await using client = await RawClient.connect(port);
      client.send("REQ", "all", {});
      leave(client);
    }
    await Promise.all(told.map(({ gone }) => gone.promise));
    const kept = told.splice(0).map((each) => new WeakRef(each));
    assert.equal(kept.length, CLIENTS);
    const collect = collector();
    for (let look = 0; look < 40 && count(kept) > MISTAKES; look++) {
      await nextTurn(); // what is under way ends, and a weak reference is strong until then
      collect();
    }
    return kept;
  } finally {
    await listening.stop();
  }
}

const count = (kept: readonly WeakRef<Told>[]): number => kept.filter((each) => each.deref()).length;

for (
  const [server, listen] of [
    [runtime.name.split(" ")[0], runtime.listen],
    ["the ws package", listenWithWs({ compression: false })],
  ] as const
) {
  for (
    const [how, leave] of [
      ["vanished", (client: RawClient) => client.socket.destroy()],
      ["said goodbye", (client: RawClient) => client.write(frame("", { opcode: OPCODE.close }))],
    ] as const
  ) {
    test(`${server}: nothing keeps the connection of a client that has ${how}`, async () => {
      assert.ok(count(await comeAndGo(listen, leave)) <= MISTAKES);
    });
  }
}
