import assert from "node:assert/strict";
import { HyperLogLog, hyperLogLogOffset } from "../../src/protocol/hyperloglog.ts";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { startRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

testOnEngines("NIP-45: COUNT is exact, above the limit of a REQ too", async ({ url }) => {
  await using client = await Client.connect(url);
  await client.publishAll(
    Array.from({ length: 30 }, (_, n) => signedEvent({ content: `${n}`, kind: n % 2 + 1 })),
  );
  client.send("COUNT", "all", {});
  assert.deepEqual(await client.next("COUNT"), ["COUNT", "all", { count: 30 }]);
  client.send("COUNT", "none", { kinds: [7] });
  assert.deepEqual(await client.next("COUNT"), ["COUNT", "none", { count: 0 }]);
  assert.equal((await client.request("some", {})).length, 5);
}, "[limits]\ndefault_limit = 5\nmax_limit = 5");

testOnEngines("NIP-45: several filters make one number, which counts each event once", async ({ url }) => {
  await using client = await Client.connect(url);
  const [alice, bob] = [signedEvent({ kind: 7 }), signedEvent({ kind: 1 }, secretKey(2))];
  await client.publishAll([alice, bob, signedEvent({ kind: 3 })]);
  assert.equal(await client.count({ kinds: [7] }, { authors: [bob.pubkey] }), 2);
  assert.equal(await client.count({ kinds: [7, 1] }, { kinds: [1] }, { ids: [bob.id] }), 2);
  assert.equal(await client.count({ ids: [] }, { kinds: [] }), 0);
});

testOnEngines("NIP-45: what was replaced or deleted is not counted", async ({ url }) => {
  await using client = await Client.connect(url);
  const note = signedEvent();
  await client.publishAll([note, signedEvent({ kind: 0 })]);
  await client.publish(signedEvent({ kind: 0, created_at: 1_700_000_001 }));
  await client.publish(signedEvent({ kind: 5, tags: [["e", note.id]] }));
  assert.equal(await client.count({ kinds: [0, 1] }), 1);
});

testOnEngines(
  "NIP-45: with a filter that has a tag come the registers of who wrote what was counted",
  async ({ url }) => {
    await using client = await Client.connect(url);
    const followed = signedEvent({}, secretKey(9)).pubkey;
    const tags = [["p", followed]];
    const lists = [1, 2, 3, 4, 5].map((n) => signedEvent({ kind: 3, tags }, secretKey(n)));
    await client.publishAll([
      ...lists,
      signedEvent({ kind: 7, tags }, secretKey(6)),
      signedEvent({ kind: 3 }, secretKey(7)),
    ]);
    const followers = { kinds: [3], "#p": [followed] };
    const authors = new HyperLogLog(hyperLogLogOffset(followers)!);
    for (const { pubkey } of lists) authors.add(pubkey);
    client.send("COUNT", "followers", followers);
    assert.deepEqual(await client.next("COUNT"), ["COUNT", "followers", { count: 5, hll: `${authors}` }]);
    for (const filters of [[{ kinds: [3] }], [followers, { kinds: [7] }], [{ "#p": [] }]]) {
      client.send("COUNT", "other", ...filters);
      const [, , answer] = await client.next("COUNT");
      assert.deepEqual(Object.keys(answer), ["count"], JSON.stringify(filters));
    }
  },
);

testOnEngines(
  "NIP-45: a COUNT that would look at too much is refused, and told what to do",
  async ({ url }) => {
    await using client = await Client.connect(url);
    const notes = Array.from({ length: 11 }, (_, n) => signedEvent({ created_at: 1_700_000_000 + n }));
    await client.publishAll(notes.slice(1));
    assert.equal(await client.count({ kinds: [1] }), 10);
    await client.publish(notes[0]);
    client.send("COUNT", "all", { kinds: [1] });
    assert.match((await client.next("CLOSED", "COUNT"))[2], /^blocked: more than 10 events .*ask for less/);
  },
  "[limits]\nmax_count_events = 10",
);

test("NIP-45: counts asked at once are each answered under their id", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await client.publish(signedEvent());
  const ids = Array.from({ length: 20 }, (_, n) => `${n}`);
  for (const id of ids) client.send("COUNT", id, { kinds: [Number(id) % 2] });
  const answers = new Map<string, number>();
  for (const _ of ids) {
    const [, id, { count }] = await client.next("COUNT");
    answers.set(id, count);
  }
  for (const id of ids) assert.equal(answers.get(id), Number(id) % 2);
});

test("NIP-45: COUNT opens no subscription and leaves one of the same id alone", async () => {
  await using relay = await startRelay("[limits]\nmax_subscriptions = 1");
  await using client = await Client.connect(relay.url);
  await client.request("count", {});
  assert.equal(await client.count({}), 0);
  await client.publish(signedEvent());
  assert.equal((await client.next("EVENT"))[1], "count");
});

test("NIP-45: a refused COUNT gets CLOSED with the prefix of the refusal", async () => {
  await using relay = await startRelay("[limits]\nmax_filters = 1");
  await using client = await Client.connect(relay.url);
  for (
    const [filters, reason] of [
      [[{ kinds: ["1"] }], /^invalid: /],
      [[{ search: "x" }], /^unsupported: /],
      [[{}, {}], /^invalid: .*2 filters.*1/],
    ] as const
  ) {
    client.send("COUNT", "refused", ...filters);
    const [verb, id, told] = await client.next("CLOSED", "COUNT", "NOTICE");
    assert.deepEqual([verb, id], ["CLOSED", "refused"]);
    assert.match(told, reason);
  }
});
