import assert from "node:assert/strict";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { startRelay } from "../fixtures/relay.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const tagged = (name: string, ...values: string[]) =>
  signedEvent({ content: name, tags: values.map((value) => ["t", value]) });

const events = [
  tagged("cat", "cat"),
  tagged("meme", "meme"),
  tagged("cat meme", "cat", "meme"),
  tagged("black cat meme", "black", "cat", "meme"),
  tagged("white cat meme", "meme", "white", "cat"),
  tagged("black cat", "black", "cat"),
];

const cases: [rule: string, filter: object, found: string[]][] = [
  ["all values of & are demanded", { "&t": ["meme", "cat"] }, [
    "cat meme",
    "black cat meme",
    "white cat meme",
  ]],
  ["beside one of #", { "&t": ["meme", "cat"], "#t": ["black", "white"] }, [
    "black cat meme",
    "white cat meme",
  ]],
  [
    "# may repeat them, for relays without &",
    { "&t": ["meme", "cat"], "#t": ["meme", "cat"] },
    ["cat meme", "black cat meme", "white cat meme"],
  ],
  ["what & demands counts for no # value", { "&t": ["cat"], "#t": ["cat", "black"] }, [
    "black cat meme",
    "black cat",
  ]],
  ["one value is as under #", { "&t": ["white"] }, ["white cat meme"]],
  ["a value that no event has", { "&t": ["cat", "giraffe"] }, []],
  ["an empty list", { "&t": [] }, []],
  ["other fields hold too", { kinds: [7], "&t": ["cat"] }, []],
];

const contents = (found: readonly { content: string }[]) => found.map(({ content }) => content).sort();

testOnEngines("AND tags: stored events, and their number", async (relay) => {
  await using client = await Client.connect(relay.url);
  await client.publishAll(events);
  for (const [rule, filter, found] of cases) {
    assert.deepEqual(contents(await client.request("sub", filter)), found.toSorted(), rule);
    assert.equal(await client.count(filter), found.length, rule);
  }
});

test("AND tags: live events", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (const [rule, filter] of cases) await client.request(rule, filter);
  await client.publishAll(events);
  const live = (await client.drain()).filter(([verb]) => verb === "EVENT");
  for (const [rule, , found] of cases) {
    assert.deepEqual(
      contents(live.filter(([, id]) => id === rule).map(([, , event]) => event)),
      found.toSorted(),
      rule,
    );
  }
});

test("AND tags: switched off, the key is refused as unsupported, in REQ and COUNT", async () => {
  await using relay = await startRelay("[options]\nand_tags = false");
  await using client = await Client.connect(relay.url);
  await assert.rejects(client.request("sub", { "&t": ["cat"] }), /^Error: unsupported: .*"&t"/);
  await assert.rejects(client.count({ "&t": ["cat"] }), /^Error: unsupported: .*"&t"/);
});
