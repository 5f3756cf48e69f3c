import assert from "node:assert/strict";
import { getPublicKey } from "nostr-tools/pure";
import { authenticate, authEvent } from "../fixtures/auth.ts";
import { Client } from "../fixtures/client.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const [alice, bob, carol] = [secretKey(1), secretKey(2), secretKey(3)];
const listOf = (...keys: Uint8Array[]) => JSON.stringify(keys.map(getPublicKey));
const settings = (...lines: string[]) => `[authorization]\n${lines.join("\n")}`;

/** What a client is told of each thing it does: the prefix of a refusal, or "ok". */
async function outcomes(client: Client): Promise<{ REQ: string; COUNT: string; EVENT: string }> {
  const prefix = (reason: string) => reason.split(":", 1)[0]!;
  client.send("REQ", "sub", {});
  const req = await client.next("EOSE", "CLOSED");
  client.send("COUNT", "count", {});
  const count = await client.next("COUNT", "CLOSED");
  const [accepted, reason] = await client.publish(signedEvent({ content: crypto.randomUUID() }, carol));
  return {
    REQ: req[0] === "EOSE" ? "ok" : prefix(req[2]),
    COUNT: count[0] === "COUNT" ? "ok" : prefix(count[2]),
    EVENT: accepted ? "ok" : prefix(reason),
  };
}

async function outcomesAfter(relay: TestRelay, ...keys: Uint8Array[]) {
  await using client = await Client.connect(relay.url);
  await authenticate(client, relay.url, ...keys);
  return await outcomes(client);
}

const reads = (outcome: string) => ({ REQ: outcome, COUNT: outcome, EVENT: "ok" });
const writes = (outcome: string) => ({ REQ: "ok", COUNT: "ok", EVENT: outcome });

for (
  const [what, lines, before, asBob, asBobAndAlice] of [
    ["nothing is required", [], reads("ok"), reads("ok"), reads("ok")],
    [
      "auth_required_to_read",
      ["auth_required_to_read = true"],
      reads("auth-required"),
      reads("ok"),
      reads("ok"),
    ],
    [
      "auth_required_to_write",
      ["auth_required_to_write = true"],
      writes("auth-required"),
      writes("ok"),
      writes("ok"),
    ],
    [
      "read_allowlist",
      [`read_allowlist = ${listOf(alice)}`],
      reads("auth-required"),
      reads("restricted"),
      reads("ok"),
    ],
    [
      "write_allowlist",
      [`write_allowlist = ${listOf(alice)}`],
      writes("auth-required"),
      writes("restricted"),
      writes("ok"),
    ],
  ] as const
) {
  test(`NIP-42: ${what}: before AUTH, after AUTH as bob, and as bob and alice`, async () => {
    await using relay = await startRelay(settings(...lines));
    await using stranger = await Client.connect(relay.url);
    assert.deepEqual(await outcomes(stranger), before);
    assert.deepEqual(await outcomesAfter(relay, bob), asBob);
    assert.deepEqual(await outcomesAfter(relay, bob, alice), asBobAndAlice);
  });
}

test("NIP-42: what was refused with auth-required works when repeated after AUTH, on the same connection", async () => {
  const lines = [`read_allowlist = ${listOf(alice)}`, `write_allowlist = ${listOf(alice)}`];
  await using relay = await startRelay(settings(...lines));
  await using client = await Client.connect(relay.url);
  const event = signedEvent({}, carol);

  assert.match((await client.publish(event))[1], /^auth-required: /);
  await assert.rejects(client.request("sub", {}), /^Error: auth-required: /);
  await assert.rejects(client.count({}), /^Error: auth-required: /);

  const [, challenge] = await client.next("AUTH");
  const answerTo = async (key: Uint8Array) => {
    client.send("AUTH", authEvent(challenge, relay.url, { key }));
    return (await client.next("OK"))[2];
  };
  assert.equal(await answerTo(bob), true, "bob proves who he is, though he may do nothing");
  assert.match((await client.publish(event))[1], /^restricted: /);
  await assert.rejects(client.request("sub", {}), /^Error: restricted: /);
  await assert.rejects(client.count({}), /^Error: restricted: /);

  assert.equal(await answerTo(alice), true);
  assert.deepEqual(await client.publish(event), [true, ""]);
  assert.deepEqual(await client.request("sub", {}), [event]);
  assert.equal(await client.count({}), 1);
});

test("NIP-42: an AUTH that fails lets nobody in", async () => {
  await using relay = await startRelay(settings("auth_required_to_read = true"));
  await using client = await Client.connect(relay.url);
  client.send("AUTH", authEvent("wrong", relay.url));
  assert.equal((await client.next("OK"))[2], false);
  await assert.rejects(client.request("sub", {}), /^Error: auth-required: /);
});

test("NIP-42: a stranger's event costs nothing: it is refused before its signature is looked at", async () => {
  await using relay = await startRelay(settings("auth_required_to_write = true"));
  await using client = await Client.connect(relay.url);
  const forged = { ...signedEvent(), sig: "0".repeat(128) };
  assert.match((await client.publish(forged))[1], /^auth-required: /);
});

test("NIP-42: write_allowlist is of those who send, pubkey_whitelist of those who wrote", async () => {
  const lines = [`write_allowlist = ${listOf(alice)}`, `pubkey_whitelist = ${listOf(carol)}`];
  await using relay = await startRelay(settings(...lines));
  await using client = await Client.connect(relay.url);
  await authenticate(client, relay.url, alice);
  assert.deepEqual(await client.publish(signedEvent({}, carol)), [true, ""]);
  assert.match((await client.publish(signedEvent({}, alice)))[1], /^blocked: /);
});

test("NIP-42: a refused REQ opens nothing live", async () => {
  await using relay = await startRelay(settings(`read_allowlist = ${listOf(alice)}`));
  await using client = await Client.connect(relay.url);
  await authenticate(client, relay.url, bob);
  client.send("REQ", "sub", {});
  assert.equal((await client.next("CLOSED"))[1], "sub");
  assert.deepEqual(await client.publish(signedEvent()), [true, ""]);
  client.send("COUNT", "mark", {});
  assert.equal((await client.next("EVENT", "CLOSED"))[0], "CLOSED", "no live event came");
});

for (
  const [lines, authRequired, restricted] of [
    [["auth_required_to_read = true"], false, false],
    [["auth_required_to_read = true", "auth_required_to_write = true"], true, false],
    [[`read_allowlist = ${listOf(alice)}`, `write_allowlist = ${listOf(alice)}`], true, true],
  ] as const
) {
  test(`NIP-42: NIP-11 tells what is required: ${lines.map((line) => line.split(" ", 1)[0]).join(", ")}`, async () => {
    await using relay = await startRelay(settings(...lines));
    const response = await fetch(relay.httpUrl, { headers: { accept: "application/nostr+json" } });
    const { limitation } = await response.json();
    assert.equal(limitation.auth_required, authRequired);
    assert.equal(limitation.restricted_writes, restricted);
  });
}
