import assert from "node:assert/strict";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { startRelay } from "../fixtures/relay.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

for (const kind of [20_000, 24_133, 29_999]) {
  testOnEngines(`kind ${kind}: ephemeral, delivered to who listens and not stored`, async ({ url }) => {
    await using listener = await Client.connect(url);
    await using publisher = await Client.connect(url);
    const event = signedEvent({ kind });
    await listener.request("live", { kinds: [kind] });
    assert.deepEqual(await publisher.publish(event), [true, ""]);
    assert.deepEqual(await listener.next("EVENT"), ["EVENT", "live", event]);
    assert.deepEqual(await listener.request("stored", { ids: [event.id] }, { kinds: [kind] }), []);
    assert.equal(await listener.count({}), 0);
  });
}

testOnEngines("kinds 19,999 and 30,000 are not ephemeral", async ({ url }) => {
  await using client = await Client.connect(url);
  await client.publishAll([signedEvent({ kind: 19_999 }), signedEvent({ kind: 30_000 })]);
  assert.equal(await client.count({}), 2);
});

test("ephemeral events are verified: a wrong signature reaches nobody", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await client.request("live", {});
  const event = signedEvent({ kind: 20_000 });
  const [accepted, reason] = await client.publish({ ...event, sig: "0".repeat(128) });
  assert.equal(accepted, false);
  assert.match(reason, /^invalid: /);
  assert.deepEqual((await client.drain()).filter(([verb]) => verb === "EVENT"), []);
});

test("ephemeral events pass the same rules as others", async () => {
  await using relay = await startRelay("[limits]\nevent_kind_blacklist = [20000]\nmax_event_tags = 1");
  await using client = await Client.connect(relay.url);
  await client.request("live", {});
  assert.match((await client.publish(signedEvent({ kind: 20_000 })))[1], /^blocked: /);
  const tags = [["t", "a"], ["t", "b"]];
  assert.match((await client.publish(signedEvent({ kind: 20_001, tags })))[1], /^invalid: /);
  assert.deepEqual((await client.drain()).filter(([verb]) => verb === "EVENT"), []);
});
