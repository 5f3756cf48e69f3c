import assert from "node:assert/strict";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { startRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const notes = (count: number, key = secretKey(1)) =>
  Array.from(
    { length: count },
    (_, n) => signedEvent({ created_at: 1_700_000_000 + n, content: `${n}` }, key),
  );

const [old, mine, shared] = [notes(200), notes(200, secretKey(2)), notes(200, secretKey(3))];

testOnEngines("REQ: what is published during its query comes once, stored or live", async ({ url }) => {
  await using reader = await Client.connect(url);
  await using alice = await Client.connect(url);
  await using bob = await Client.connect(url);
  await alice.publishAll(old);
  const rounds = Array.from({ length: 25 }, (_, n) => `${n}`);
  let answered = 0;
  for (const [n, round] of rounds.entries()) {
    const part = (events: NostrEvent[]) => events.slice(n * 8, n * 8 + 8);
    for (const event of [...part(mine), ...part(shared)]) alice.send("EVENT", event);
    for (const event of part(shared)) bob.send("EVENT", event);
    reader.send("REQ", round, { limit: 1000 });
    if (n % 3 === 0) await alice.next("OK").then(() => answered++);
  }
  for (; answered < mine.length + shared.length; answered++) await alice.next("OK");
  for (const _ of shared) await bob.next("OK"); // of one event two carriers: either may publish it
  const ends: string[] = [];
  for (const _ of rounds) ends.push((await reader.next("EOSE"))[1]);
  assert.deepEqual(ends.sort(), rounds.toSorted(), "each has its EOSE");
  const wanted = [...old, ...mine, ...shared].map(({ id }) => id).sort();
  // An OK may come before the live event: wait for as many as must come, then see that no more do.
  const received: Awaited<ReturnType<Client["next"]>>[] = [];
  while (received.length < rounds.length * wanted.length) received.push(await reader.next("EVENT"));
  const more = (await reader.drain()).filter(([verb]) => verb !== "AUTH");
  assert.deepEqual(more, [], "no event twice, and no second EOSE");
  for (const round of rounds) {
    const events = received.filter(([, id]) => id === round);
    assert.deepEqual(events.map(([, , { id }]) => id).sort(), wanted, round);
  }
});

testOnEngines(
  "REQ: EOSE comes once, after all that is stored and before all that is live",
  async ({ url }) => {
    await using client = await Client.connect(url);
    const [stored, live] = [notes(20), notes(20, secretKey(2))];
    await client.publishAll(stored);
    client.send("REQ", "one", {});
    await client.next("EOSE").then(() => client.publishAll(live));
    const received = await client.drain();
    const ids = received.filter(([verb]) => verb === "EVENT").map(([, , { id }]) => id);
    assert.deepEqual(ids.slice(0, 20), stored.toReversed().map(({ id }) => id));
    assert.deepEqual(ids.slice(20).sort(), live.map(({ id }) => id).sort());
    assert.deepEqual(received.filter(([verb]) => verb === "EOSE"), []);
  },
);

test("REQ: EOSE comes also when nothing is stored, or nothing asked for", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (const filter of [{}, { limit: 0 }, { ids: [] }, { since: 5, until: 1 }]) {
    client.send("REQ", "empty", filter);
    assert.deepEqual(await client.next("EOSE", "EVENT", "CLOSED"), ["EOSE", "empty", ["finish"]]);
  }
});

test("REQ: limit counts stored events only; live ones go on and on", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await client.publishAll(notes(5));
  assert.equal((await client.request("three", { limit: 3 })).length, 3);
  assert.equal((await client.request("none", { limit: 0 })).length, 0);
  await client.publishAll(notes(10, secretKey(2)));
  const received = await client.drain();
  for (const id of ["three", "none"]) {
    assert.equal(received.filter(([verb, of]) => verb === "EVENT" && of === id).length, 10, id);
  }
});

test("REQ: a live event comes once to a subscription, however many of its filters it passes", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  const event = signedEvent({ tags: [["t", "a"], ["t", "b"], ["t", "a"], ["r", "x"]] });
  await client.request("many", {}, { kinds: [1] }, { "#t": ["a", "b"] }, { authors: [event.pubkey] }, {
    ids: [event.id],
  });
  await client.publish(event);
  const events = (await client.drain()).filter(([verb]) => verb === "EVENT");
  assert.deepEqual(events, [["EVENT", "many", event]]);
});

test("REQ: a live event comes to each subscription that it passes, of each connection", async () => {
  await using relay = await startRelay();
  await using alice = await Client.connect(relay.url);
  await using bob = await Client.connect(relay.url);
  for (const client of [alice, bob]) {
    for (const id of ["a", "b"]) await client.request(id, {});
    await client.request("other", { kinds: [7] });
  }
  const [event] = notes(1);
  await alice.publish(event);
  for (const client of [alice, bob]) {
    const received = [await client.next("EVENT"), await client.next("EVENT")].map(([, id]) => id).sort();
    assert.deepEqual(received, ["a", "b"]);
    assert.deepEqual((await client.drain()).filter(([verb]) => verb === "EVENT"), []);
  }
});

test("REQ: since and until hold for live events too", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await client.request("window", { since: 100, until: 200 });
  const events = [99, 100, 200, 201].map((created_at) => signedEvent({ created_at }));
  for (const event of events) await client.publish(event);
  const received = (await client.drain()).filter(([verb]) => verb === "EVENT").map(([, , event]) => event);
  assert.deepEqual(received, [events[1], events[2]]);
});

test("REQ: one with the id of another replaces it, stored and live", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await client.request("id", { kinds: [1] });
  assert.deepEqual(await client.request("id", { kinds: [7] }), []);
  const [note, reaction] = [signedEvent(), signedEvent({ kind: 7 })];
  await client.publishAll([note, reaction]);
  const received = (await client.drain()).filter(([verb]) => verb === "EVENT");
  assert.deepEqual(received, [["EVENT", "id", reaction]]);
});

testOnEngines("REQ: a query that was replaced sends nothing after the new one began", async ({ url }) => {
  await using client = await Client.connect(url);
  const [stored, live] = ["stored", "live"].map((content) => signedEvent({ kind: 7, content }));
  await client.publishAll([...old, stored!]);
  for (let n = 0; n < 20; n++) client.send("REQ", "id", { kinds: [1] });
  client.send("REQ", "id", { kinds: [7] });
  while ((await client.next("EVENT"))[2].kind !== 7);
  while ((await client.next())[0] !== "EOSE"); // what is left of the replaced was sent before
  await client.publishAll([signedEvent({ content: "new" }), live!]);
  assert.deepEqual((await client.drain()).filter(([verb]) => verb === "EVENT"), [["EVENT", "id", live]]);
});

testOnEngines("CLOSE: nothing comes after it, neither of the query nor live", async ({ url }) => {
  await using client = await Client.connect(url);
  await client.publishAll(old);
  client.send("REQ", "query", {});
  client.send("CLOSE", "query");
  await client.request("live", {});
  client.send("CLOSE", "live");
  await client.drain();
  await client.publish(signedEvent({ content: "later" }));
  assert.deepEqual(await client.drain(), []);
});

test("CLOSE: an unknown id is no mistake, and an id can be used again", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  client.send("CLOSE", "nothing");
  assert.deepEqual((await client.drain()).filter(([verb]) => verb !== "AUTH"), []);
  for (let n = 0; n < 100; n++) {
    client.send("REQ", "again", {});
    client.send("CLOSE", "again");
  }
  assert.deepEqual(await client.request("again", {}), []);
});

test("a client that has gone costs its subscriptions nothing more", async () => {
  await using relay = await startRelay();
  await using stays = await Client.connect(relay.url);
  await stays.request("live", {});
  const goes = await Client.connect(relay.url);
  await goes.request("live", {});
  goes.send("REQ", "query", {});
  await goes.close();
  const [event] = notes(1);
  await stays.publish(event);
  assert.deepEqual(await stays.next("EVENT"), ["EVENT", "live", event]);
});

test("an author's own subscription gets the event too, whether before its OK or after", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await client.request("live", {});
  const [event] = notes(1);
  client.send("EVENT", event);
  const received = [await client.next("OK", "EVENT"), await client.next("OK", "EVENT")];
  assert.deepEqual(received.map(([verb]) => verb).sort(), ["EVENT", "OK"]);
});

test("an event that is published twice is delivered once", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await using other = await Client.connect(relay.url);
  await client.request("live", {});
  const [event] = notes(1);
  for (const publisher of [client, other, client, other]) publisher.send("EVENT", event);
  for (const publisher of [client, other, client, other]) assert.equal((await publisher.next("OK"))[2], true);
  assert.equal((await client.drain()).filter(([verb]) => verb === "EVENT").length, 1);
});
