import assert from "node:assert/strict";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { startRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

/** What the filters below are asked of; named after what they are. */
const corpus = {
  note: signedEvent({ created_at: 100, content: "note" }),
  reaction: signedEvent({ created_at: 200, kind: 7, tags: [["e", hex(5)], ["p", hex(6)]] }),
  topics: signedEvent({ created_at: 300, tags: [["t", "giraffe"], ["t", "neck", "second"], ["T", "Long"]] }),
  named: signedEvent({ created_at: 400, tags: [["tt", "giraffe"], ["t"], ["g", ""], ["client", "x"]] }),
  other: signedEvent({ created_at: 500, tags: [["t", "giraffe"], ["-t", "x"]] }, secretKey(2)),
  list: signedEvent({ created_at: 600, kind: 30_000, tags: [["d", "friends"]] }, secretKey(2)),
};
type Name = keyof typeof corpus;
const all = Object.keys(corpus).reverse() as Name[];

const [alice, bob] = [corpus.note.pubkey, corpus.other.pubkey];

const filters: [rule: string, filters: readonly object[], passing: readonly Name[]][] = [
  ["{} asks for all", [{}], all],
  ["ids", [{ ids: [corpus.note.id, corpus.list.id, hex(9)] }], ["list", "note"]],
  ["an id that nobody has", [{ ids: [hex(9)] }], []],
  ["authors", [{ authors: [bob] }], ["list", "other"]],
  ["several authors", [{ authors: [bob, alice] }], all],
  ["kinds", [{ kinds: [7, 30_000] }], ["list", "reaction"]],
  ["a kind twice", [{ kinds: [7, 7] }], ["reaction"]],
  ["since is inclusive", [{ since: 500 }], ["list", "other"]],
  ["until is inclusive", [{ until: 200 }], ["reaction", "note"]],
  ["since and until enclose", [{ since: 200, until: 200 }], ["reaction"]],
  ["since after until leaves nothing", [{ since: 300, until: 200 }], []],
  ["a tag", [{ "#t": ["giraffe"] }], ["other", "topics"]],
  ["one of a tag's values is enough", [{ "#t": ["neck", "nobody"] }], ["topics"]],
  ["only the first value of a tag is indexed", [{ "#t": ["second"] }], []],
  ["a tag without value has none to match", [{ "#t": [""] }], []],
  ["an empty tag value matches itself", [{ "#g": [""] }], ["named"]],
  ["upper case is another letter", [{ "#T": ["Long"] }], ["topics"]],
  ["tag values are compared exactly", [{ "#t": ["Giraffe"] }, { "#T": ["giraffe"] }], []],
  ["event references", [{ "#e": [hex(5)] }], ["reaction"]],
  ["people", [{ "#p": [hex(6)] }], ["reaction"]],
  ["several tags must all match", [{ "#e": [hex(5)], "#p": [hex(7)] }], []],
  ["all conditions must hold", [{ authors: [alice], kinds: [1], "#t": ["giraffe"] }], ["topics"]],
  ["several filters: any will do", [{ kinds: [7] }, { "#d": ["friends"] }], ["list", "reaction"]],
  [
    "several filters: each event once, newest first",
    [{ kinds: [1] }, { until: 300 }, { authors: [bob] }],
    all,
  ],
  ["empty ids match nothing", [{ ids: [] }], []],
  ["empty authors match nothing", [{ authors: [], kinds: [1] }], []],
  ["empty kinds match nothing", [{ kinds: [] }], []],
  ["an empty tag list matches nothing", [{ "#t": [] }], []],
  ["an empty list spoils its own filter only", [{ ids: [] }, { kinds: [7] }], ["reaction"]],
  ["numbers of any size", [{ since: 0, until: Number.MAX_SAFE_INTEGER, kinds: [0, 7, 65_535] }], [
    "reaction",
  ]],
];

testOnEngines("REQ and COUNT: stored events pass the filters as NIP-01 says", async ({ url }) => {
  await using client = await Client.connect(url);
  await client.publishAll(Object.values(corpus));
  for (const [rule, asked, passing] of filters) {
    assert.deepEqual(names(await client.request("filters", ...asked)), passing, rule);
    assert.equal(await client.count(...asked), passing.length, rule);
  }
});

test("REQ: live events pass the filters as stored ones do", async () => {
  await using relay = await startRelay("[limits]\nmax_subscriptions = 100");
  await using reader = await Client.connect(relay.url);
  await using writer = await Client.connect(relay.url);
  for (const [rule, asked] of filters) await reader.request(rule, ...asked);
  await writer.publishAll(Object.values(corpus));
  const received = await reader.drain();
  for (const [rule, , passing] of filters) {
    const events = received.filter(([verb, id]) => verb === "EVENT" && id === rule).map((each) => each[2]);
    assert.deepEqual(names(events).sort(), [...passing].sort(), rule);
  }
});

testOnEngines("REQ: newest first; of the same second the lowest id first", async ({ url }) => {
  await using client = await Client.connect(url);
  const events = Array.from({ length: 60 }, (_, n) => signedEvent({ created_at: n % 3, content: `${n}` }));
  await client.publishAll(events);
  const inOrder = events.toSorted((a, b) => b.created_at - a.created_at || (a.id < b.id ? -1 : 1));
  assert.deepEqual(ids(await client.request("all", {})), ids(inOrder));
  assert.deepEqual(ids(await client.request("some", { limit: 25 })), ids(inOrder.slice(0, 25)));
});

testOnEngines("REQ: each filter has its own limit, and what they find is merged", async ({ url }) => {
  await using client = await Client.connect(url);
  await client.publishAll(Object.values(corpus));
  const ask = async (...asked: object[]) => names(await client.request("limits", ...asked));
  assert.deepEqual(await ask({ limit: 2 }), ["list", "other"]);
  assert.deepEqual(await ask({ kinds: [1], limit: 1 }, { kinds: [7], limit: 1 }), ["other", "reaction"]);
  assert.deepEqual(await ask({ kinds: [1], limit: 2 }, { authors: [bob], limit: 2 }), [
    "list",
    "other",
    "named",
  ]);
  assert.deepEqual(await ask({ limit: 0 }, { kinds: [7] }), ["reaction"]);
  assert.deepEqual(await ask({ limit: 0 }), []);
});

testOnEngines("REQ: a limit is no bound for COUNT", async ({ url }) => {
  await using client = await Client.connect(url);
  await client.publishAll(Object.values(corpus));
  assert.equal(await client.count({ limit: 1 }), all.length);
});

for (
  const [what, prefix, filter] of [
    ["an unknown key", "unsupported", { author: alice }],
    ["search (NIP-50), which is not on", "unsupported", { search: "giraffe" }],
    ["a tag of two letters", "unsupported", { "#tt": ["x"] }],
    ["a tag that is no letter", "unsupported", { "#-": ["x"] }],
    ["a tag without a letter", "unsupported", { "#": ["x"] }],
    ["a short id", "invalid", { ids: [hex(1).slice(1)] }],
    ["an id in upper case", "invalid", { ids: ["A".repeat(64)] }],
    ["an author that is no string", "invalid", { authors: [1] }],
    ["a short #e", "invalid", { "#e": ["abc"] }],
    ["a #p in upper case", "invalid", { "#p": ["A".repeat(64)] }],
    ["ids that are no array", "invalid", { ids: hex(1) }],
    ["null for a list", "invalid", { kinds: null }],
    ["a kind as a string", "invalid", { kinds: ["1"] }],
    ["a negative kind", "invalid", { kinds: [-1] }],
    ["a fractional kind", "invalid", { kinds: [1.5] }],
    ["a kind above 65,535", "invalid", { kinds: [65_536] }],
    ["a tag value that is no string", "invalid", { "#t": [1] }],
    ["a negative since", "invalid", { since: -1 }],
    ["a fractional until", "invalid", { until: 1.5 }],
    ["until as a string", "invalid", { until: "5" }],
    ["until as null", "invalid", { until: null }],
    ["a negative limit", "invalid", { limit: -1 }],
    ["a fractional limit", "invalid", { limit: 0.5 }],
    ["limit as a boolean", "invalid", { limit: true }],
    ["a filter that is an array", "invalid", []],
    ["a filter that is a string", "invalid", "kinds"],
    ["a filter that is null", "invalid", null],
  ] as const
) {
  test(`REQ and COUNT: ${what} is refused with CLOSED ${prefix}:`, async () => {
    await using relay = await startRelay();
    await using client = await Client.connect(relay.url);
    for (const verb of ["REQ", "COUNT"]) {
      client.send(verb, "wrong", {}, filter);
      const [answer, id, reason] = await client.next("CLOSED", "EOSE", "COUNT", "NOTICE");
      assert.deepEqual([answer, id], ["CLOSED", "wrong"]);
      assert.match(reason, new RegExp(`^${prefix}: .+`));
    }
    assert.deepEqual(await client.request("right", {}), [], "the connection lives");
  });
}

test("REQ and COUNT: without a filter they are refused with CLOSED invalid:", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (const verb of ["REQ", "COUNT"]) {
    client.send(verb, "none");
    const [answer, id, reason] = await client.next("CLOSED", "EOSE", "COUNT", "NOTICE");
    assert.deepEqual([answer, id], ["CLOSED", "none"]);
    assert.match(reason, /^invalid: .*filter/);
  }
});

test("REQ: an empty subscription id is refused", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  client.send("REQ", "", {});
  const [verb, id, reason] = await client.next("CLOSED", "EOSE");
  assert.deepEqual([verb, id], ["CLOSED", ""]);
  assert.match(reason, /^invalid: /);
});

test("REQ: a subscription id is any text, and comes back as it was", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await client.publish(corpus.note);
  for (const id of ["x".repeat(64), '"\\\n\u0000', "🦒", "__proto__", "constructor", " ", "0", "toString"]) {
    assert.deepEqual(await client.request(id, {}), [corpus.note], JSON.stringify(id));
  }
});

test("REQ, COUNT and CLOSE: an id that is no string gets a NOTICE", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (const verb of ["REQ", "COUNT", "CLOSE"]) {
    for (const rest of [[], [1, {}], [null, {}], [{}, {}], [["x"], {}]]) {
      client.send(verb, ...rest);
      assert.match((await client.next("NOTICE"))[1], /^invalid: /);
    }
  }
});

test("REQ: subscription ids belong to their connection", async () => {
  await using relay = await startRelay();
  await using alices = await Client.connect(relay.url);
  await using bobs = await Client.connect(relay.url);
  await alices.request("same", { kinds: [1] });
  await bobs.request("same", { kinds: [7] });
  bobs.send("CLOSE", "same");
  await bobs.drain();
  await bobs.publish(corpus.note);
  assert.deepEqual(await alices.next("EVENT"), ["EVENT", "same", corpus.note]);
  assert.deepEqual((await bobs.drain()).filter(([verb]) => verb === "EVENT"), []);
});

test("REQ: a refusal leaves other subscriptions alone, and ends one of the same id", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  await client.request("kept", {});
  await client.request("replaced", {});
  client.send("REQ", "replaced", { kinds: ["wrong"] });
  assert.equal((await client.next("CLOSED"))[1], "replaced");
  await client.publish(corpus.note);
  const events = (await client.drain()).filter(([verb]) => verb === "EVENT");
  assert.deepEqual(events, [["EVENT", "kept", corpus.note]]);
});

const pages = Array.from(
  { length: 600 },
  (_, n) => signedEvent({ created_at: n, content: "x".repeat(1500) }),
);

testOnEngines("REQ: a result of many pages is complete, in order and without repeats", async ({ url }) => {
  await using client = await Client.connect(url);
  await client.publishAll(pages);
  const found = await client.request("all", { limit: 600 }, { kinds: [1], limit: 550 });
  assert.deepEqual(ids(found), ids(pages.toReversed()));
});

function names(events: readonly NostrEvent[]): Name[] {
  return events.map(({ id }) => all.find((name) => corpus[name].id === id)!);
}

const ids = (events: readonly NostrEvent[]) => events.map(({ id }) => id);
