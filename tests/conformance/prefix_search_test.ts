import assert from "node:assert/strict";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { startRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const on = "[options]\nprefix_search = true";
const events = Array.from({ length: 40 }, (_, n) => signedEvent({ created_at: n }, secretKey(n % 4 + 1)));
const { id, pubkey } = events[0]!;
const filters = [
  { ids: [id.slice(0, 1)] },
  { ids: [id.slice(0, 7)] },
  { ids: [id] },
  { ids: [id.slice(0, 63), events[1]!.id] },
  { authors: [pubkey.slice(0, 1)] },
  { authors: [pubkey.slice(0, 8)], kinds: [1] },
  { authors: [pubkey.slice(0, 3), pubkey] },
  { ids: ["0", "1", "2", "3", "4"], authors: [pubkey.slice(0, 5)] },
];

/** What options.prefix_search promises, in the plainest words. */
function passing({ ids = [""], authors = [""] }: { ids?: string[]; authors?: string[] }) {
  return events.filter((event) =>
    ids.some((prefix) => event.id.startsWith(prefix)) &&
    authors.some((prefix) => event.pubkey.startsWith(prefix))
  ).map(({ id }) => id);
}

testOnEngines(
  "options.prefix_search: ids and authors may be prefixes, stored and counted",
  async ({ url }) => {
    await using client = await Client.connect(url);
    await client.publishAll(events);
    for (const filter of filters) {
      const found = (await client.request("x", filter)).map(({ id }) => id);
      assert.deepEqual(found, passing(filter).reverse(), JSON.stringify(filter));
      assert.equal(await client.count(filter), found.length);
    }
  },
  on,
);

test("options.prefix_search: prefixes hold for live events too", async () => {
  await using relay = await startRelay(on);
  await using client = await Client.connect(relay.url);
  for (const [n, filter] of filters.entries()) await client.request(`${n}`, filter);
  await client.publishAll(events);
  const received = await client.drain();
  for (const [n, filter] of filters.entries()) {
    const live = received.filter(([verb, of]) => verb === "EVENT" && of === `${n}`).map(([, , { id }]) => id);
    assert.deepEqual(live.sort(), passing(filter).sort(), JSON.stringify(filter));
  }
});

test("options.prefix_search: a prefix is 1 to 64 lowercase hex digits", async () => {
  await using relay = await startRelay(on);
  await using client = await Client.connect(relay.url);
  for (const prefix of ["", "x", "A", "0".repeat(65), "%", 5]) {
    for (const key of ["ids", "authors"]) {
      client.send("REQ", "x", { [key]: [prefix] });
      const [verb, , reason] = await client.next("CLOSED", "EOSE");
      assert.equal(verb, "CLOSED", `${key} ${prefix}`);
      assert.match(reason, /^invalid: /);
    }
  }
});

test("options.prefix_search is off by default: ids and authors are exact", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (const filter of [{ ids: [id.slice(0, 8)] }, { authors: [pubkey.slice(0, 63)] }]) {
    client.send("REQ", "x", filter);
    const [verb, , reason] = await client.next("CLOSED", "EOSE");
    assert.equal(verb, "CLOSED");
    assert.match(reason, /^invalid: .*64 lowercase hex digits/);
  }
});
