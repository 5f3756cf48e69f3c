import assert from "node:assert/strict";
import type { SocketEvents } from "../../src/connection/socket.ts";
import type { Listen, TcpPlace } from "../../src/runtime/listener.ts";
import { listenWithWs } from "../../src/runtime/ws.ts";
import { MISTAKES, stillKept } from "../fixtures/kept.ts";
import { frame, OPCODE, RawClient } from "../fixtures/raw_client.ts";
import { runtime } from "../fixtures/relay.ts";
import { test } from "../harness.ts";

const CLIENTS = 20;

/** Who is told what happens on one connection. */
class Told implements SocketEvents {
  readonly gone = Promise.withResolvers<void>();
  received(): void {}
  closed(): void {
    this.gone.resolve();
  }
}

/** Lets clients come and go; answers how many of those who were told of each are still kept. */
async function comeAndGo(listen: Listen, leave: (client: RawClient) => void): Promise<number> {
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
    return await stillKept(kept);
  } finally {
    await listening.stop();
  }
}

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
      assert.ok(await comeAndGo(listen, leave) <= MISTAKES);
    });
  }
}
