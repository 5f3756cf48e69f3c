import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { allIsQuiet } from "../fixtures/metrics.ts";
import { frame, OPCODE, RawClient } from "../fixtures/raw_client.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const FLOOD = 10_000;

/** Milliseconds; generous, because flooder, relay and the other client share one thread here. */
const PATIENCE = 4_000;

const note = signedEvent();

/** Messages that storage has to answer. */
const questions = {
  "the same event": () => ["EVENT", note],
  "REQs with ever new ids": (n: number) => ["REQ", `${n}`, {}],
  "REQs with the same id": () => ["REQ", "same", {}],
  "COUNTs": (n: number) => ["COUNT", `${n}`, {}],
};

/** Messages that never come so far. */
const noise = {
  "events that are wrong": (n: number) => ["EVENT", { ...note, content: `${n}` }],
  "CLOSEs": (n: number) => ["CLOSE", `${n}`],
  "AUTHs": () => ["AUTH", { ...note, kind: 22_242 }],
  "garbage": (n: number) => [`${n}`],
};

const rule = (what: string) => `a flood of ${what} by a client that reads no answers leaves others in peace`;

for (const [what, message] of Object.entries(questions)) {
  testOnEngines(rule(what), (relay) => othersHavePeace(relay, message));
}
for (const [what, message] of Object.entries(noise)) {
  test(rule(what), async () => {
    await using relay = await startRelay();
    await othersHavePeace(relay, message);
  });
}

async function othersHavePeace(relay: TestRelay, message: (n: number) => unknown[]): Promise<void> {
  await using other = await Client.connect(relay.url);
  await using flooder = await RawClient.connect(relay.port);
  flooder.stopReading();
  const flood = Array.from({ length: FLOOD }, (_, n) => message(n));
  flooder.write(encoded(...flood, ["REQ", "the last word", {}]));
  for (let n = 0; n < 10; n++) {
    const reaction = signedEvent({ kind: 7, content: `${n}` });
    const asked = performance.now();
    assert.deepEqual(await other.publish(reaction), [true, ""]);
    assert.equal((await other.request(`${n}`, { kinds: [7] })).length, n + 1);
    const took = performance.now() - asked;
    assert.ok(took < PATIENCE, `OK and EOSE took ${Math.round(took)} ms`);
  }
  flooder.readOn();
  assert.ok(["served", "hung up", 1008, 1013].includes(await verdict(flooder)));
  flooder.destroy();
  await other.close();
  await allIsQuiet(relay);
}

const encoded = (...messages: unknown[]) =>
  Buffer.concat(messages.map((each) => frame(JSON.stringify(each))));

/** Whether the relay answers what came last, or how it ends. Deno resets a connection that still sends. */
async function verdict(client: RawClient): Promise<string | number> {
  while (true) {
    const next = await client.frame().catch(() => undefined);
    if (!next) return "hung up";
    if (next.opcode === OPCODE.close) return Buffer.from(next.payload).readUInt16BE();
    if (new TextDecoder().decode(next.payload).includes('"the last word"')) return "served";
  }
}
