import assert from "node:assert/strict";
import { handleAuth } from "../../src/handler/auth.ts";
import { handleEvent } from "../../src/handler/event.ts";
import { AUTHENTICATION } from "../../src/protocol/kind.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { NOW, session } from "./session.ts";

const broken = () => Promise.reject(new Error("broken"));

test("EVENT: one that is stored is acknowledged, even when it can't be delivered any more", async () => {
  const broadcast = { expect: () => {}, withdraw: () => {}, publish: broken };
  const { event } = fakeEvent();
  const relay = session({ broadcast });
  assert.equal(await handleEvent(relay.session, event, 300), `["OK","${event.id}",true,""]`);
  assert.deepEqual(relay.failed, ["delivery"]);
});

test("EVENT: one that the store fails to take is refused, and the operator told", async () => {
  const { event } = fakeEvent();
  const relay = session({ repository: { has: () => Promise.resolve(false), save: broken } });
  assert.match(await handleEvent(relay.session, event, 300), /^\["OK","[0-9a-f]{64}",false,"error: /);
  assert.deepEqual(relay.failed, ["event"]);
});

test("AUTH: a verifier that fails costs the answer, not the connection", async () => {
  const tags = [["relay", "ws://relay.test"], ["challenge", "c"]];
  const { event } = fakeEvent({ kind: AUTHENTICATION, created_at: NOW, tags });
  assert.equal(await handleAuth(session({}).session, event), `["OK","${event.id}",true,""]`);
  const relay = session({ verifier: { verify: broken } });
  assert.match(await handleAuth(relay.session, event), /^\["OK","[0-9a-f]{64}",false,"error: /);
  assert.deepEqual(relay.failed, ["event"]);
});
