import assert from "node:assert/strict";
import { getPublicKey } from "nostr-tools/pure";
import { Client } from "../fixtures/client.ts";
import { logged } from "../fixtures/logged.ts";
import { handmade, manage, MANAGED, OPERATOR, post, tagsOf } from "../fixtures/management.ts";
import { freshDatabase, testOnPostgres } from "../fixtures/postgres.ts";
import { RawClient } from "../fixtures/raw_client.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";
import { temporaryDirectory } from "../storage/stores.ts";

const [alice, bob] = [secretKey(1), secretKey(2)];
const ALICE = getPublicKey(alice);
const PROXIED = `[network]\nremote_ip_header = "x-real-ip"\n${MANAGED}`;

async function nameOf({ httpUrl }: TestRelay): Promise<string> {
  const response = await fetch(httpUrl, { headers: { accept: "application/nostr+json" } });
  return (await response.json()).name;
}

/** Asks until it is so. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 10_000; !await isSo();) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("NIP-86: what was settled outlasts a restart", async () => {
  using directory = temporaryDirectory();
  const place = `[database]\nengine = "sqlite"\ndata_directory = ${JSON.stringify(directory.path)}\n`;
  const event = signedEvent({}, bob);
  {
    await using relay = await startRelay(place + MANAGED);
    await manage(relay, "banpubkey", ALICE, "spam");
    await manage(relay, "banevent", event.id);
    await manage(relay, "changerelayname", "Renamed");
    await manage(relay, "disallowkind", 7);
  }
  await using relay = await startRelay(place);
  await using client = await Client.connect(relay.url);
  assert.equal(await nameOf(relay), "Renamed");
  for (const refused of [signedEvent({}, alice), event, signedEvent({ kind: 7 }, bob)]) {
    assert.match((await client.publish(refused))[1], /^blocked: /);
  }
});

testOnPostgres("NIP-86: what one instance settles holds for all of them at once", async () => {
  await using database = await freshDatabase();
  const settings = `[database]\nconnection = ${JSON.stringify(database.url)}\n${PROXIED}`;
  await using one = await startRelay(settings);
  await using two = await startRelay(settings);
  await using client = await Client.connect(two.url);
  await using blocked = await RawClient.connect(two.port, { "x-real-ip": "192.0.2.7" });
  await client.publishAll([signedEvent({}, alice), signedEvent({}, bob)]);

  await manage(one, "banpubkey", ALICE);
  await manage(one, "blockip", "192.0.2.7");
  await manage(one, "changerelayname", "Renamed");
  assert.equal(await blocked.closed(), 1008);
  await until("the new name", async () => await nameOf(two) === "Renamed");
  assert.match((await client.publish(signedEvent({ content: "x" }, alice)))[1], /^blocked: /);
  await until("the banned author's events to go", async () => await client.count({}) === 1);
  assert.deepEqual(await manage(two, "listbannedpubkeys"), [{ pubkey: ALICE }]);
  await manage(two, "unbanpubkey", ALICE);
  await until("the ban to be lifted", async () => (await manage(one, "listbannedpubkeys")).length === 0);
});

testOnPostgres("NIP-98: a token that was used at one instance is good at no other", async () => {
  await using database = await freshDatabase();
  const url = "wss://relay.example/";
  const settings = `[database]\nconnection = ${JSON.stringify(database.url)}\n` +
    `[info]\nrelay_url = ${JSON.stringify(url)}\n${MANAGED}`;
  await using one = await startRelay(settings);
  await using two = await startRelay(settings);
  const body = { method: "supportedmethods", params: [] };
  const authorization = handmade({ tags: Object.entries(tagsOf(url, body)) });
  const answers = await Promise.all([one, two].map((relay) => post(relay, body, { authorization })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401]);
  for (const answer of answers) await answer.body?.cancel();
});

test("NIP-86: a blocked address is cut off, others stay", async () => {
  await using relay = await startRelay(PROXIED);
  await using blocked = await RawClient.connect(relay.port, { "x-real-ip": "2001:db8::1" });
  await using other = await RawClient.connect(relay.port, { "x-real-ip": "192.0.2.8" });
  await manage(relay, "blockip", "2001:db8:0:0:ffff::1");
  assert.equal(await blocked.closed(), 1008);
  other.send("REQ", "sub", {});
  await other.message("EOSE");
});

test("NIP-86: a ban holds on connections that are open, for what is published to their subscriptions", async () => {
  await using relay = await startRelay(MANAGED);
  await using reader = await Client.connect(relay.url);
  await using writer = await Client.connect(relay.url);
  assert.deepEqual(await reader.request("live", {}), []);
  await manage(relay, "banpubkey", ALICE);
  assert.equal((await writer.publish(signedEvent({}, alice)))[0], false);
  assert.equal((await writer.publish(signedEvent({}, bob)))[0], true);
  const [, , event] = await reader.next("EVENT");
  assert.equal(event.pubkey, getPublicKey(bob));
});

test("NIP-86: each call is logged: who, what, and what came of it", async () => {
  const records = await logged("management", async () => {
    await using relay = await startRelay(PROXIED);
    await manage(relay, "banpubkey", ALICE, "x".repeat(900));
    await manage(relay, "banpubkey").catch(() => {});
    const from = { headers: { "x-real-ip": "127.0.0.9" } };
    await post(relay, { method: "nothing", params: [] }, from);
    await post(relay, { method: "banpubkey", params: [ALICE] }, { key: secretKey(3) });
  });
  const calls = records.map(({ properties }) => properties).filter(({ method }) => method !== undefined);
  assert.deepEqual(calls.map(({ operator }) => operator), [OPERATOR, OPERATOR, OPERATOR]);
  assert.deepEqual(calls.map(({ method, address }) => [method, address]), [
    ["banpubkey", "127.0.0.1"],
    ["banpubkey", "127.0.0.1"],
    ["nothing", "127.0.0.9"],
  ]);
  assert.equal(calls[0]!.outcome, "done");
  assert.match(String(calls[1]!.outcome), /^parameter 1 must be/);
  assert.match(String(calls[2]!.outcome), /no such method/);
  assert.ok(String(calls[0]!.params).includes(ALICE) && String(calls[0]!.params).length <= 500);
});
