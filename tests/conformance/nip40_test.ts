import assert from "node:assert/strict";
import { now } from "../fixtures/auth.ts";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { startRelay } from "../fixtures/relay.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const expiring = (at: number | string, kind = 1) => signedEvent({ kind, tags: [["expiration", `${at}`]] });

testOnEngines("NIP-40: an event that has expired is refused", async ({ url }) => {
  await using client = await Client.connect(url);
  for (const at of [0, 1, 1_600_000_000, now() - 1, now()]) {
    const [accepted, reason] = await client.publish(expiring(at));
    assert.equal(accepted, false, `${at}`);
    assert.match(reason, /^invalid: .*expired/);
  }
  assert.equal(await client.count({}), 0);
});

testOnEngines("NIP-40: an event that will expire is served until then", async ({ url }) => {
  await using client = await Client.connect(url);
  await client.request("live", {});
  const event = expiring(now() + 3600);
  assert.deepEqual(await client.publish(event), [true, ""]);
  assert.deepEqual(await client.next("EVENT"), ["EVENT", "live", event]);
  assert.deepEqual(await client.request("stored", {}), [event]);
});

testOnEngines(
  "NIP-40: from its second on, an event is neither found nor counted nor known",
  async ({ url }) => {
    await using client = await Client.connect(url);
    const at = now() + 2;
    const [event, page, stays] = [expiring(at), expiring(at, 30_023), signedEvent()];
    await client.publishAll([event, page, stays]);
    while (await client.count({}) > 1); // asks until it has expired
    assert.ok(now() >= at);
    assert.deepEqual(await client.request("all", {}), [stays]);
    assert.deepEqual(await client.request("ids", { ids: [event.id, page.id] }), []);
    const [accepted, reason] = await client.publish(event);
    assert.equal(accepted, false, "stored or not, it is expired");
    assert.match(reason, /^invalid: .*expired/);
  },
);

test("NIP-40: an expiration that is no whole number says nothing", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (const value of ["", "soon", "-1", "1.5", "0x10", " 1", "1e3", "9".repeat(40)]) {
    assert.deepEqual(await client.publish(expiring(value)), [true, ""], value);
  }
  assert.deepEqual(await client.publish(signedEvent({ tags: [["expiration"]] })), [true, ""]);
});

test("NIP-40: an ephemeral event that has expired reaches nobody", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await client.request("live", {});
  assert.equal((await client.publish(expiring(now() - 10, 20_000)))[0], false);
  const event = expiring(now() + 3600, 20_000);
  await client.publish(event);
  assert.deepEqual((await client.drain()).filter(([verb]) => verb === "EVENT"), [["EVENT", "live", event]]);
});
