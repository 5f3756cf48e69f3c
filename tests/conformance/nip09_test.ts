import assert from "node:assert/strict";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";

const T = 1_700_000_000;
const [alice, bob] = [secretKey(1), secretKey(2)];
const note = signedEvent({ content: "by mistake" });

function deletion(tags: string[][], { at = T, key = alice } = {}): NostrEvent {
  return signedEvent({ kind: 5, tags, created_at: at, content: "a reason" }, key);
}

const addressOf = ({ kind, pubkey }: NostrEvent, d = "") => `${kind}:${pubkey}:${d}`;

testOnEngines(
  "NIP-09: an author's request deletes what its e tags name, and stays itself",
  async ({ url }) => {
    await using client = await Client.connect(url);
    const others = [signedEvent({ content: "kept" }), signedEvent({ content: "also kept" }, bob)];
    const gone = [note, signedEvent({ kind: 7 }), signedEvent({ kind: 30_023, tags: [["d", "x"]] })];
    await client.publishAll([...others, ...gone]);
    const request = deletion([...gone.map(({ id }) => ["e", id]), ["k", "1"]]);
    assert.deepEqual(await client.publish(request), [true, ""]);
    const left = new Set((await client.request("all", {})).map(({ id }) => id));
    assert.deepEqual(left, new Set([...others, request].map(({ id }) => id)));
    assert.deepEqual(await client.request("ids", { ids: gone.map(({ id }) => id) }), []);
    assert.equal(await client.count({ ids: gone.map(({ id }) => id) }), 0);
  },
);

testOnEngines("NIP-09: what was deleted is refused as blocked: when it comes again", async ({ url }) => {
  await using client = await Client.connect(url);
  await client.publish(note);
  await client.publish(deletion([["e", note.id]]));
  const [accepted, reason] = await client.publish(note);
  assert.equal(accepted, false);
  assert.match(reason, /^blocked: /);
  assert.equal(await client.count({ kinds: [1] }), 0);
});

testOnEngines("NIP-09: a request that comes first keeps its target out", async ({ url }) => {
  await using client = await Client.connect(url);
  await client.request("live", { kinds: [1] });
  await client.publish(deletion([["e", note.id]]));
  assert.equal((await client.publish(note))[0], false);
  assert.equal(await client.count({ kinds: [1] }), 0);
  assert.deepEqual((await client.drain()).filter(([verb]) => verb === "EVENT"), []);
});

testOnEngines("NIP-09: nobody deletes what somebody else wrote", async ({ url }) => {
  await using client = await Client.connect(url);
  const page = signedEvent({ kind: 30_023, tags: [["d", "x"]] });
  await client.publishAll([note, page]);
  const request = deletion([["e", note.id], ["e", page.id], ["a", addressOf(page, "x")]], { key: bob });
  assert.deepEqual(await client.publish(request), [true, ""], "the request itself is an event as any other");
  assert.equal(await client.count({ authors: [note.pubkey] }), 2);
});

testOnEngines(
  "NIP-09: somebody else's request that comes first does not keep an event out",
  async ({ url }) => {
    await using client = await Client.connect(url);
    const page = signedEvent({ kind: 30_023, tags: [["d", "x"]] });
    await client.publish(deletion([["e", note.id], ["a", addressOf(page, "x")]], { key: bob }));
    for (const event of [note, page]) assert.deepEqual(await client.publish(event), [true, ""]);
  },
);

testOnEngines("NIP-09: deleting a deletion request has no effect", async ({ url }) => {
  await using client = await Client.connect(url);
  await client.publish(note);
  const request = deletion([["e", note.id]]);
  await client.publish(request);
  await client.publish(deletion([["e", request.id]], { at: T + 1 }));
  assert.equal((await client.publish(note))[0], false);
  assert.deepEqual(await client.request("request", { ids: [request.id] }), [request]);
});

for (const [kind, d] of [[30_023, "x:y"], [10_002, ""]] as const) {
  const version = (created_at: number) => signedEvent({ kind, created_at, tags: d ? [["d", d]] : [] });

  testOnEngines(
    `NIP-09: an a tag deletes all versions up to the request's time (kind ${kind})`,
    async ({ url }) => {
      await using client = await Client.connect(url);
      await client.publish(version(T));
      await client.publish(deletion([["a", addressOf(version(T), d)]], { at: T + 10 }));
      assert.equal(await client.count({ kinds: [kind] }), 0);
      for (const at of [T - 5, T, T + 9, T + 10]) {
        const [accepted, reason] = await client.publish(version(at));
        assert.equal(accepted, false, `version of T + ${at - T}`);
        assert.match(reason, /^blocked: /);
      }
      const newer = version(T + 11);
      assert.deepEqual(await client.publish(newer), [true, ""]);
      assert.deepEqual(await client.request("kind", { kinds: [kind] }), [newer]);
    },
  );

  testOnEngines(`NIP-09: an a tag leaves a newer version alone (kind ${kind})`, async ({ url }) => {
    await using client = await Client.connect(url);
    const newer = version(T);
    await client.publish(newer);
    await client.publish(deletion([["a", addressOf(newer, d)]], { at: T - 1 }));
    assert.deepEqual(await client.request("kind", { kinds: [kind] }), [newer]);
  });
}

testOnEngines("NIP-09: an a tag means one d only", async ({ url }) => {
  await using client = await Client.connect(url);
  const pages = ["x", "xy", ""].map((d) => signedEvent({ kind: 30_023, tags: [["d", d]] }));
  await client.publishAll(pages);
  await client.publish(deletion([["a", addressOf(pages[0]!, "x")]]));
  assert.equal(await client.count({ kinds: [30_023] }), 2);
  assert.equal(await client.count({ "#d": ["x"] }), 0);
});

testOnEngines("NIP-09: an older request that comes later takes back nothing", async ({ url }) => {
  await using client = await Client.connect(url);
  const page = signedEvent({ kind: 30_023, tags: [["d", "x"]] });
  await client.publish(deletion([["a", addressOf(page, "x")]], { at: T + 10 }));
  await client.publish(deletion([["a", addressOf(page, "x")]], { at: T - 10 }));
  assert.equal((await client.publish(page))[0], false);
});

testOnEngines("NIP-09: tags that name nothing are passed over", async ({ url }) => {
  await using client = await Client.connect(url);
  await client.publish(note);
  const tags = [
    ["e"],
    ["e", ""],
    ["e", "abc"],
    ["e", note.id.toUpperCase()],
    ["E", note.id],
    ["p", note.id],
    ["a"],
    ["a", "x"],
    ["a", `1:${note.pubkey}:`],
    ["a", `:${note.pubkey}:`],
    ["a", `-1:${note.pubkey}:`],
    ["a", `99999999:${note.pubkey}:x`],
    ["a", `30023:${note.pubkey}`],
    ["k", "1"],
  ];
  assert.deepEqual(await client.publish(deletion(tags)), [true, ""]);
  assert.deepEqual(await client.publish(deletion([])), [true, ""]);
  assert.deepEqual(await client.request("note", { kinds: [1] }), [note]);
});

testOnEngines("NIP-09: live subscriptions get the request", async ({ url }) => {
  await using client = await Client.connect(url);
  await client.publish(note);
  await client.request("live", { kinds: [5], "#e": [note.id] });
  const request = deletion([["e", note.id]]);
  await client.publish(request);
  assert.deepEqual(await client.next("EVENT"), ["EVENT", "live", request]);
});

testOnEngines("NIP-09: a request and its target, sent at once, leave the request alone", async ({ url }) => {
  await using client = await Client.connect(url);
  const notes = Array.from({ length: 40 }, (_, n) => signedEvent({ content: `${n}` }));
  for (const [n, each] of notes.entries()) {
    const request = deletion([["e", each.id]], { at: T + n });
    for (const event of n % 2 ? [each, request] : [request, each]) client.send("EVENT", event);
  }
  for (let left = notes.length * 2; left > 0; left--) await client.next("OK");
  assert.equal(await client.count({ kinds: [1] }), 0);
  assert.equal(await client.count({ kinds: [5] }), notes.length);
});
