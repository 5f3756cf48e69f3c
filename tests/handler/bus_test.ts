import assert from "node:assert/strict";
import { handleEvent } from "../../src/handler/event.ts";
import type { VerifiedEvent } from "../../src/protocol/event.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { session } from "./session.ts";

/** A relay with a bus, and what was published here and sent there. */
function withBus(send: () => Promise<void> = () => Promise.resolve()) {
  const published: VerifiedEvent[] = [], sent: VerifiedEvent[] = [];
  const bus = { send: (event: VerifiedEvent) => send().then(() => void sent.push(event)) };
  const repository = { has: () => Promise.resolve(false), save: () => Promise.resolve("stored"), bus };
  const broadcast = { publish: (event: VerifiedEvent) => Promise.resolve(void published.push(event)) };
  return { ...session({ repository, broadcast }), published, sent };
}

test("EVENT: where there is a bus, delivering what is stored is left to it", async () => {
  const relay = withBus();
  const { event } = fakeEvent();
  assert.equal(await handleEvent(relay.session, event, 300), `["OK","${event.id}",true,""]`);
  assert.deepEqual([relay.published, relay.sent], [[], []]);
});

test("EVENT: an ephemeral event is delivered here, and sent to other instances", async () => {
  const relay = withBus();
  const { event, json } = fakeEvent({ kind: 20_001 });
  assert.equal(await handleEvent(relay.session, event, 300), `["OK","${event.id}",true,""]`);
  assert.deepEqual([relay.published, relay.sent], [[{ event, json }], [{ event, json }]]);
});

test("EVENT: an ephemeral event that may not reach other instances is not acknowledged", async () => {
  const relay = withBus(() => Promise.reject(new Error("the bus is away")));
  const { event } = fakeEvent({ kind: 20_001 });
  assert.match(await handleEvent(relay.session, event, 300), /^\["OK","[0-9a-f]{64}",false,"error: /);
  assert.deepEqual(relay.failed, ["event"]);
});
