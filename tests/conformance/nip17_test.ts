import assert from "node:assert/strict";
import { nip77 } from "nostr-tools";
import { getPublicKey } from "nostr-tools/pure";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { authenticate } from "../fixtures/auth.ts";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const [alice, bob, carol] = [secretKey(1), secretKey(2), secretKey(3)];
const PRIVATE = [4, 1_059];

let seconds = 1_700_000_000;

/** A message of a private kind, by default a gift wrap, which a key made for it signs. */
function message(to: Uint8Array[], { kind = 1_059, by = secretKey(++seconds) } = {}): NostrEvent {
  const tags = to.map((key) => ["p", getPublicKey(key), "wss://relay.example.com"]);
  return signedEvent({ kind, tags, created_at: ++seconds }, by);
}

const note = () => signedEvent({ created_at: ++seconds }, carol);

/** A client that has authenticated with these keys. */
async function clientOf(relay: TestRelay, ...keys: Uint8Array[]): Promise<Client> {
  const client = await Client.connect(relay.url);
  await authenticate(client, relay.url, ...keys);
  return client;
}

const refused = async (client: Client, ...asked: unknown[]): Promise<string> => {
  client.send(...asked);
  const [, , reason] = await client.next("CLOSED", "EOSE", "COUNT", "NEG-ERR", "NEG-MSG");
  return reason;
};

/** The first message of a client that has nothing (NIP-77). */
function nothing(): string {
  const storage = new nip77.NegentropyStorageVector();
  storage.seal();
  return new nip77.Negentropy(storage).initiate();
}

test("NIP-17: who asks for private kinds only must authenticate first", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (
    const filters of [[{ kinds: [4] }], [{ kinds: PRIVATE, authors: [getPublicKey(alice)] }, {
      kinds: [21_059],
    }]]
  ) {
    assert.match(await refused(client, "REQ", "x", ...filters), /^auth-required: /);
    assert.match(await refused(client, "COUNT", "x", ...filters), /^auth-required: /);
    assert.match(await refused(client, "NEG-OPEN", "x", filters[0], nothing()), /^auth-required: /);
  }
  await authenticate(client, relay.url, carol);
  assert.deepEqual(await client.request("x", { kinds: PRIVATE }), []);
});

testOnEngines(
  "NIP-17: a private event is for its author and its recipients, stored and counted",
  async (relay) => {
    const wrap = message([alice, bob]), direct = message([alice], { kind: 4, by: bob }), open = note();
    const names = new Map([[wrap.id, "wrap"], [direct.id, "direct"], [open.id, "open"]]);
    const ids = [...names.keys()];
    await using sender = await Client.connect(relay.url);
    await sender.publishAll([wrap, direct, open]);
    for (
      const [who, keys, seen] of [
        ["nobody", [], ["open"]],
        ["neither", [carol], ["open"]],
        ["a recipient", [alice], ["open", "direct", "wrap"]],
        ["author of one, recipient of the other", [bob], ["open", "direct", "wrap"]],
        ["two people", [carol, alice], ["open", "direct", "wrap"]],
      ] as const
    ) {
      await using client = await clientOf(relay, ...keys);
      for (
        const filter of [{}, { ids }, { kinds: [1, ...PRIVATE] }, { since: 1 }, {
          authors: [wrap, direct, open].map(({ pubkey }) => pubkey),
        }]
      ) {
        const found = await client.request("x", filter);
        assert.deepEqual(found.map(({ id }) => names.get(id)), seen, `${who}: ${JSON.stringify(filter)}`);
        assert.equal(await client.count(filter), seen.length);
      }
      const toAlice = { "#p": [getPublicKey(alice)] };
      assert.equal((await client.request("x", toAlice)).length, seen.length - 1);
    }
  },
);

testOnEngines(
  "NIP-17: a limit is filled with what the reader may see, and EOSE speaks of no more",
  async (relay) => {
    await using sender = await Client.connect(relay.url);
    const own = Array.from({ length: 5 }, () => message([alice]));
    const others = Array.from({ length: 30 }, () => message([bob]));
    await sender.publishAll([...own, ...others]);
    await using client = await clientOf(relay, alice);
    for (const [filter, found, hint] of [[{ limit: 4 }, 4, "more"], [{ limit: 5 }, 5, "finish"]] as const) {
      client.send("REQ", "x", filter);
      for (const { id } of own.toReversed().slice(0, found)) {
        assert.deepEqual((await client.next("EVENT", "EOSE"))[2]?.id, id);
      }
      assert.deepEqual(await client.next(), ["EOSE", "x", [hint]]);
    }
  },
);

testOnEngines("NIP-17: private events are compared (NIP-77) with nobody else", async (relay) => {
  await using sender = await Client.connect(relay.url);
  const [wrap, open] = [message([alice]), note()];
  await sender.publishAll([wrap, open]);
  for (const [keys, isListed] of [[[], false], [[bob], false], [[alice], true]] as const) {
    await using client = await clientOf(relay, ...keys);
    const listed = await refused(client, "NEG-OPEN", "x", {}, nothing());
    assert.deepEqual([listed.includes(open.id), listed.includes(wrap.id)], [true, isListed]);
  }
});

testOnEngines("NIP-17: live events go to those who may see them, ephemeral ones too", async (relay) => {
  await using sender = await Client.connect(relay.url);
  await using recipient = await clientOf(relay, alice);
  await using stranger = await clientOf(relay, bob);
  await using anonymous = await Client.connect(relay.url);
  await recipient.request("x", { kinds: [...PRIVATE, 21_059] });
  await stranger.request("x", { kinds: [...PRIVATE, 21_059] });
  await anonymous.request("x", {});
  const sent = [
    message([alice]),
    message([alice], { kind: 21_059 }),
    message([alice], { kind: 4, by: carol }),
  ];
  for (const event of [...sent, note()]) {
    await sender.publishAll([event]);
    if (event.kind !== 1) assert.equal((await recipient.next("EVENT"))[2].id, event.id);
  }
  assert.equal((await anonymous.next("EVENT"))[2].kind, 1);
  for (const client of [recipient, stranger, anonymous]) {
    assert.deepEqual((await client.drain()).filter(([verb]) => verb === "EVENT"), []);
  }
});

testOnEngines("NIP-17: an open subscription shows what AUTH allows from then on", async (relay) => {
  await using sender = await Client.connect(relay.url);
  await using client = await Client.connect(relay.url);
  const [before, after] = [message([alice]), message([alice])];
  await client.request("x", {});
  await sender.publishAll([before]);
  await authenticate(client, relay.url, alice);
  await sender.publishAll([after]);
  assert.equal((await client.next("EVENT"))[2].id, after.id);
  assert.deepEqual((await client.request("y", {})).map(({ id }) => id), [after.id, before.id]);
});

test("NIP-17: private_kinds says which kinds these are; an empty list, none", async () => {
  for (const [kinds, seen] of [["[]", [7, 4]], ["[7]", [4]]] as const) {
    await using relay = await startRelay(`[authorization]\nprivate_kinds = ${kinds}`);
    await using client = await Client.connect(relay.url);
    await client.publishAll([message([alice], { kind: 4 }), message([alice], { kind: 7 })]);
    assert.deepEqual((await client.request("x", {})).map(({ kind }) => kind), seen);
  }
});

test("NIP-17: where nobody can authenticate, nobody gets private events", async () => {
  await using relay = await startRelay("[authorization]\nnip42_auth = false");
  await using client = await Client.connect(relay.url);
  await client.publishAll([message([alice])]);
  assert.deepEqual(await client.request("x", {}), []);
  assert.match(
    await refused(client, "REQ", "x", { kinds: [1_059] }),
    /^restricted: .* nobody can authenticate/,
  );
});
