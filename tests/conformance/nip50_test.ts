import assert from "node:assert/strict";
import { getPublicKey } from "nostr-tools/pure";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { authenticate, now } from "../fixtures/auth.ts";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { startRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const ON = "[search]\nenabled = true\nkinds = [1, 4, 30023]";

const note = (content: string, created_at = now(), kind = 1) => signedEvent({ content, created_at, kind });

testOnEngines(
  "NIP-50: what was saved before a search is found by its words, the best first",
  async (relay) => {
    await using client = await Client.connect(relay.url);
    const best = note("orange, orange", 1_700_000_001),
      good = note("an orange and many other fruits", 1_700_000_009);
    await client.publishAll([good, best, note("a banana"), note("orange", now(), 7)]);
    const found = async (...filters: object[]) =>
      (await client.request("sub", ...filters)).map(({ id }) => id);
    assert.deepEqual(await found({ search: "Orange" }), [best.id, good.id]);
    assert.deepEqual(await found({ search: "orange", limit: 1 }), [best.id]);
    assert.deepEqual(await found({ search: "orange", since: 1_700_000_005, kinds: [1, 7] }), [good.id]);
    assert.deepEqual(await found({ search: '"many other" frui*' }), [good.id]);
    assert.deepEqual(await found({ search: "nothing of it" }), []);
  },
  ON,
);

testOnEngines("NIP-50: EOSE says finish or more of a search too (NIP-67)", async (relay) => {
  await using client = await Client.connect(relay.url);
  await client.publishAll([note("fig one"), note("fig two")]);
  for (const [limit, hint] of [[1, "more"], [2, "finish"]] as const) {
    client.send("REQ", "sub", { search: "fig", limit });
    assert.deepEqual(await client.next("EOSE"), ["EOSE", "sub", [hint]]);
  }
}, ON);

testOnEngines(
  "NIP-50: hostile queries are answered, and no word of a query language is understood",
  async (relay) => {
    await using client = await Client.connect(relay.url);
    await client.publishAll([note("plum"), note("plum not pear near or and")]);
    const cases: [query: string, found: number][] = [
      ['plum"', 2],
      ["plum'", 2],
      ["'; DROP TABLE event; -- plum", 0],
      ["plum* NOT pear", 1],
      ["plum AND NOT pear", 1],
      ["NEAR(plum pear)", 0],
      ["words : plum", 0],
      ["{words} : plum", 0],
      ["^plum", 2],
      ["plum:*", 2],
      ["plum & !pear", 1],
      ["plum | pear", 1],
      ["plum <-> pear", 1],
      ["pl\u0000um", 0],
      ["plum \ud800", 2],
      ["plum \u202e\u200b", 2],
      ["plum 🎉", 0],
      ["plum 日本語", 0],
      ['"""" """ plum', 2],
      ["***** plum *****", 2],
      ["plum ".repeat(32), 2],
      ["ｐｌｕｍ", 2],
    ];
    for (const [search, found] of cases) {
      assert.equal((await client.request("sub", { search })).length, found, JSON.stringify(search));
    }
  },
  ON,
);

test("NIP-50: extensions are ignored, and a search without words asks for nothing in particular", async () => {
  await using relay = await startRelay(ON);
  await using client = await Client.connect(relay.url);
  await client.publishAll([note("plum"), note("pear")]);
  const extensions = "include:spam domain:example.com language:en sentiment:positive nsfw:false what:ever";
  assert.equal((await client.request("sub", { search: `plum ${extensions}` })).length, 1);
  for (const search of [extensions, "", "  ", "!?"]) {
    assert.equal((await client.request("sub", { search })).length, 2, search);
  }
});

test("NIP-50: a query that is too long, has too many words or is no string is refused", async () => {
  await using relay = await startRelay(ON);
  await using client = await Client.connect(relay.url);
  for (const search of ["word ".repeat(10_000), "a b ".repeat(17), "x".repeat(1_025), 7, null, ["plum"]]) {
    client.send("REQ", "sub", { search });
    assert.match((await client.next("CLOSED"))[2], /^invalid: search /);
  }
});

test("NIP-50: after EOSE comes what is published and has the words", async () => {
  await using relay = await startRelay(ON);
  await using client = await Client.connect(relay.url);
  await client.request("sub", { search: "plum cake*" });
  await client.publishAll([note("plum"), note("plum cake", now(), 7), note("Cakes of PLUMS and a plum")]);
  const live = (await client.drain()).filter(([verb]) => verb === "EVENT");
  assert.deepEqual(live.map(([, , event]) => event.content), ["Cakes of PLUMS and a plum"]);
});

testOnEngines(
  "NIP-50: direct messages and gift wraps are found by their author and recipients alone (NIP-17)",
  async (relay) => {
    const [alice, bob, carol] = [secretKey(1), secretKey(2), secretKey(3)];
    const secret = (kind: number, key: Uint8Array, words: string) =>
      signedEvent({ kind, content: `secret plum ${words}`, tags: [["p", getPublicKey(alice)]] }, key);
    const events: [name: string, event: NostrEvent][] = [
      ["open", note("an open plum, as everybody knows by now")],
      ["direct", secret(4, bob, "one")],
      ["direct", secret(4, bob, "two")],
      ["wrap", secret(1_059, secretKey(8), "wrapped")],
    ];
    const names = new Map(events.map(([name, { id }]) => [id, name]));
    await using sender = await Client.connect(relay.url);
    await sender.publishAll(events.map(([, event]) => event));
    for (
      const [who, keys, seen] of [
        ["nobody", [], ["open"]],
        ["a stranger", [carol], ["open"]],
        ["the recipient", [alice], ["direct", "direct", "open", "wrap"]],
        ["an author", [bob], ["direct", "direct", "open"]],
      ] as const
    ) {
      await using client = await Client.connect(relay.url);
      await authenticate(client, relay.url, ...keys);
      for (
        const filter of [{}, { kinds: [1, 4, 1_059] }, { ids: [...names.keys()] }, { limit: seen.length }, {
          since: 1,
        }]
      ) {
        const about = `${who}: ${JSON.stringify(filter)}`;
        client.send("REQ", "sub", { ...filter, search: "plum" });
        const found: string[] = [];
        let end = await client.next("EVENT", "EOSE", "CLOSED");
        for (; end[0] === "EVENT"; end = await client.next("EVENT", "EOSE", "CLOSED")) {
          found.push(names.get(end[2].id)!);
        }
        assert.deepEqual(found.sort(), seen, about);
        assert.deepEqual(end, ["EOSE", "sub", ["finish"]], `${about} tells of nothing hidden`);
      }
      assert.equal((await client.request("sub", { search: "secret" })).length, seen.length - 1, who);
    }
    sender.send("REQ", "only", { kinds: [4, 1_059], search: "plum" });
    assert.match((await sender.next("CLOSED"))[2], /^auth-required: /);
  },
  "[search]\nenabled = true\nkinds = [1, 4, 1059]",
);

test("NIP-50: a direct message comes live to nobody who searches for its words but the recipient (NIP-17)", async () => {
  await using relay = await startRelay(ON);
  const alice = secretKey(1);
  await using recipient = await Client.connect(relay.url);
  await authenticate(recipient, relay.url, alice);
  await using stranger = await Client.connect(relay.url);
  for (const client of [recipient, stranger]) await client.request("sub", { search: "plum" });
  const message = signedEvent({ kind: 4, content: "secret plum", tags: [["p", getPublicKey(alice)]] });
  await stranger.publishAll([message, note("open plum")]);
  const contents = async (client: Client) =>
    (await client.drain()).filter(([verb]) => verb === "EVENT").map(([, , event]) => event.content);
  assert.deepEqual(await contents(recipient), ["secret plum", "open plum"]);
  assert.deepEqual(await contents(stranger), ["open plum"]);
});

test("NIP-50: nothing is counted or compared by a search", async () => {
  await using relay = await startRelay(ON);
  await using client = await Client.connect(relay.url);
  client.send("COUNT", "count", { search: "plum" });
  assert.match((await client.next("CLOSED"))[2], /^unsupported: .*search/);
  client.send("NEG-OPEN", "neg", { search: "plum" }, "61");
  assert.match((await client.next("NEG-ERR"))[2], /^unsupported: .*search/);
});

test("NIP-50: a relay that does not search says so, in NIP-11 and to who asks", async () => {
  for (const [settings, isOn] of [["", false], [ON, true]] as const) {
    await using relay = await startRelay(settings);
    const response = await fetch(relay.httpUrl, { headers: { accept: "application/nostr+json" } });
    assert.equal((await response.json()).supported_nips.includes(50), isOn);
    if (isOn) continue;
    await using client = await Client.connect(relay.url);
    client.send("REQ", "sub", { search: "plum" });
    assert.match((await client.next("CLOSED"))[2], /^unsupported: .*search/);
  }
});
