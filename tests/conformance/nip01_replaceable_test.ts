import assert from "node:assert/strict";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";

/** One replaceable or addressable event's versions, each a second newer. */
function versions(given: Partial<NostrEvent>, count = 3): NostrEvent[] {
  return Array.from(
    { length: count },
    (_, n) => signedEvent({ ...given, created_at: 1_700_000_000 + n, content: `version ${n}` }),
  );
}

const REPLACED = [0, 3, 10_000, 19_999, 30_000, 39_999];
const EVERYBODY_READS_ALL = "[authorization]\nprivate_kinds = []";
const REGULAR = [1, 2, 4, 44, 45, 1000, 9999, 40_000, 65_535];

testOnEngines(
  "of replaceable and addressable kinds the newest version replaces the older",
  async ({ url }) => {
    await using client = await Client.connect(url);
    for (const kind of REPLACED) {
      const events = versions({ kind });
      for (const event of events) assert.deepEqual(await client.publish(event), [true, ""], `kind ${kind}`);
      assert.deepEqual(await client.request("kind", { kinds: [kind] }), [events[2]]);
      assert.deepEqual(await client.request("ids", { ids: events.map(({ id }) => id) }), [events[2]]);
      assert.equal(await client.count({ kinds: [kind] }), 1);
    }
  },
);

testOnEngines(
  "of replaceable and addressable kinds an older version that comes late is refused",
  async ({ url }) => {
    await using client = await Client.connect(url);
    for (const kind of REPLACED) {
      const [first, second, third] = versions({ kind }) as [NostrEvent, NostrEvent, NostrEvent];
      await client.publish(third);
      for (const late of [first, second]) {
        const [accepted, reason] = await client.publish(late);
        assert.equal(accepted, false, `kind ${kind}`);
        assert.match(reason, /^duplicate: ./);
      }
      assert.deepEqual(await client.request("kind", { kinds: [kind] }), [third]);
      assert.equal((await client.publish(third))[0], true, "the newest itself is a duplicate");
    }
  },
);

testOnEngines(
  "of versions of the same second the lowest id stays, in whichever order they come",
  async ({ url }) => {
    await using client = await Client.connect(url);
    for (const kind of REPLACED) {
      for (const lowestFirst of [true, false]) {
        const key = secretKey(lowestFirst ? 1 : 2);
        const [low, high] = [1, 2].map((n) => signedEvent({ kind, content: `${n}` }, key))
          .sort((a, b) => a.id < b.id ? -1 : 1) as [NostrEvent, NostrEvent];
        for (const event of lowestFirst ? [low, high] : [high, low]) {
          assert.equal((await client.publish(event))[0], event === low || !lowestFirst, `kind ${kind}`);
        }
        assert.deepEqual(await client.request("tie", { kinds: [kind], authors: [low.pubkey] }), [low]);
      }
    }
  },
);

testOnEngines("of regular kinds all events stay", async ({ url }) => {
  await using client = await Client.connect(url);
  for (const kind of REGULAR) {
    const events = versions({ kind, tags: [["d", "x"]] });
    await client.publishAll(events);
    assert.deepEqual(await client.request("kind", { kinds: [kind] }), events.toReversed(), `kind ${kind}`);
  }
}, EVERYBODY_READS_ALL);

testOnEngines("replaceable events are one an author and kind; a d tag plays no part", async ({ url }) => {
  await using client = await Client.connect(url);
  const mine = signedEvent({ kind: 10_002, tags: [["d", "a"]] });
  const newer = signedEvent({ kind: 10_002, tags: [["d", "b"]], created_at: mine.created_at + 1 });
  const otherKind = signedEvent({ kind: 10_003 });
  const others = signedEvent({ kind: 10_002 }, secretKey(2));
  await client.publishAll([mine, otherKind, others]);
  await client.publish(newer);
  const found = await client.request("all", {});
  assert.deepEqual(new Set(found.map(({ id }) => id)), new Set([newer.id, otherKind.id, others.id]));
});

testOnEngines("addressable events are one an author, kind and d", async ({ url }) => {
  await using client = await Client.connect(url);
  const a = signedEvent({ kind: 30_023, tags: [["d", "a"]] });
  const b = signedEvent({ kind: 30_023, tags: [["d", "b"]] });
  const otherKind = signedEvent({ kind: 30_024, tags: [["d", "a"]] });
  const others = signedEvent({ kind: 30_023, tags: [["d", "a"]] }, secretKey(2));
  const newA = signedEvent({ kind: 30_023, tags: [["d", "a"]], created_at: a.created_at + 1 });
  await client.publishAll([a, b, otherKind, others]);
  assert.equal(await client.count({}), 4);
  await client.publish(newA);
  assert.equal(await client.count({}), 4);
  assert.deepEqual(await client.request("a", { kinds: [30_023], authors: [a.pubkey], "#d": ["a"] }), [newA]);
});

testOnEngines("addressable: a missing d is the empty one, and only the first d counts", async ({ url }) => {
  await using client = await Client.connect(url);
  const kind = 30_000;
  const forms = [[], [["d"]], [["d", ""]], [["d", "", "more"]], [["x", "y"], ["d", ""], ["d", "second"]]];
  const events = forms.map((tags, n) => signedEvent({ kind, tags, created_at: 1_700_000_000 + n }));
  for (const event of events) assert.deepEqual(await client.publish(event), [true, ""]);
  assert.deepEqual(await client.request("all", {}), [events.at(-1)]);
});

testOnEngines("addressable: d is any text, compared exactly", async ({ url }) => {
  await using client = await Client.connect(url);
  const names = [
    "a",
    "A",
    " a",
    "a:b",
    ":",
    "__proto__",
    "🦒",
    "\u0000",
    "\u00e9",
    "e\u0301",
    "x".repeat(1000),
  ];
  await client.publishAll(names.map((name) => signedEvent({ kind: 30_000, tags: [["d", name]] })));
  assert.equal(await client.count({}), names.length);
  for (const name of names) assert.equal(await client.count({ "#d": [name] }), 1, name);
});

testOnEngines("versions that come at once and in any order leave the newest", async ({ url }) => {
  await using client = await Client.connect(url);
  const events = versions({ kind: 30_000, tags: [["d", "x"]] }, 50);
  const shuffled = events.toSorted((a, b) => a.id < b.id ? -1 : 1);
  for (const event of shuffled) client.send("EVENT", event);
  for (const _ of shuffled) await client.next("OK");
  assert.deepEqual(await client.request("all", {}), [events.at(-1)]);
});

testOnEngines("a version that was replaced stays gone when it is sent again", async ({ url }) => {
  await using client = await Client.connect(url);
  const [first, second] = versions({ kind: 0 }, 2) as [NostrEvent, NostrEvent];
  await client.publish(first);
  await client.publish(second);
  assert.equal((await client.publish(first))[0], false);
  assert.deepEqual(await client.request("all", {}), [second]);
});

testOnEngines("live subscriptions get new versions, and none that is refused", async ({ url }) => {
  await using client = await Client.connect(url);
  await client.request("live", { kinds: [0] });
  const [first, second, third] = versions({ kind: 0 }) as [NostrEvent, NostrEvent, NostrEvent];
  for (const event of [second, first, third]) await client.publish(event);
  const live = (await client.drain()).filter(([verb]) => verb === "EVENT").map(([, , event]) => event);
  assert.deepEqual(live, [second, third]);
});
