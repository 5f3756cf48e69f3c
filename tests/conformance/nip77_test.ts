import assert from "node:assert/strict";
import { nip77 } from "nostr-tools";
import { AbstractRelay } from "nostr-tools/abstract-relay";
import { getPublicKey, verifyEvent } from "nostr-tools/pure";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { authenticate } from "../fixtures/auth.ts";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { metricBecomes } from "../fixtures/metrics.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const notes = Array.from(
  { length: 60 },
  (_, n) => signedEvent({ created_at: 1_700_000_000 + (n >> 2), content: `${n}` }),
);
const reactions = Array.from(
  { length: 5 },
  (_, n) => signedEvent({ kind: 7, created_at: 1_700_000_000 + n }),
);

/** What a client with these events sends first. */
function firstMessage(events: readonly NostrEvent[] = []): string {
  const storage = new nip77.NegentropyStorageVector();
  for (const { created_at, id } of events) storage.insert(created_at, id);
  storage.seal();
  return new nip77.Negentropy(storage).initiate();
}

async function filled(relay: TestRelay): Promise<Client> {
  const client = await Client.connect(relay.url);
  await client.publishAll([...notes, ...reactions]);
  return client;
}

/** Opens an exchange and gives the answer, without its verb and id. */
async function open(client: Client, filter: unknown, message: unknown = firstMessage()): Promise<unknown[]> {
  client.send("NEG-OPEN", "n", filter, message);
  const [verb, id, ...rest] = await client.next("NEG-MSG", "NEG-ERR");
  assert.equal(id, "n");
  return [verb, ...rest];
}

/** Ids in an answer that lists them. */
const listed = (answer: unknown[], events: readonly NostrEvent[]): number =>
  events.filter(({ id }) => String(answer[1]).includes(id)).length;

testOnEngines("NIP-77: a client that others wrote learns what it has and what it lacks", async (relay) => {
  const extra = signedEvent({ content: "not on the relay" });
  {
    await using client = await filled(relay);
    assert.deepEqual(await client.publish(notes[0]), [true, "duplicate: this event is already stored"]);
  }
  let ended!: () => void;
  const socketEnded = new Promise<void>((resolve) => ended = resolve);
  const websocketImplementation = class extends WebSocket {
    constructor(url: string | URL) {
      super(url);
      this.addEventListener("close", () => ended());
    }
  };
  const connection = await AbstractRelay.connect(relay.url, { verifyEvent, websocketImplementation });
  const storage = new nip77.NegentropyStorageVector();
  for (const { created_at, id } of [...notes.slice(7), extra]) storage.insert(created_at, id);
  storage.seal();
  const have: string[] = [], need: string[] = [];
  const problem = await new Promise<string | undefined>((resolve) => {
    void new nip77.NegentropySync(connection, storage, { kinds: [1] }, {
      onhave: (id) => have.push(id),
      onneed: (id) => need.push(id),
      onclose: resolve,
    }).start();
  });
  connection.close();
  await socketEnded;
  assert.equal(problem, undefined);
  assert.deepEqual(have, [extra.id]);
  assert.deepEqual(need.sort(), notes.slice(0, 7).map(({ id }) => id).sort());
});

test("NIP-77: only what passes the filter is compared; its limit counts, the relay's default does not", async () => {
  await using relay = await startRelay("[limits]\ndefault_limit = 3\nmax_limit = 4");
  await using client = await filled(relay);
  assert.equal(listed(await open(client, { kinds: [7] }), reactions), 5);
  assert.equal(listed(await open(client, { kinds: [7], limit: 2 }), reactions), 2);
  assert.equal(listed(await open(client, { kinds: [9] }), [...notes, ...reactions]), 0);
});

test("NIP-77: private events are compared for their author and recipients only", async () => {
  await using relay = await startRelay();
  await using client = await filled(relay);
  const wrap = signedEvent({ kind: 1_059, tags: [["p", getPublicKey(secretKey(3))]] }, secretKey(2));
  await client.publishAll([wrap]);
  assert.match(String((await open(client, { kinds: [1_059] }))[1]), /^auth-required: /);
  assert.equal(listed(await open(client, { kinds: [7, 1_059] }), [...reactions, wrap]), 5);
  await authenticate(client, relay.url, secretKey(3));
  assert.equal(listed(await open(client, { kinds: [7, 1_059] }), [...reactions, wrap]), 6);
});

test("NIP-77: a NEG-OPEN with the same id ends the first exchange; REQ's ids are others", async () => {
  await using relay = await startRelay();
  await using client = await filled(relay);
  await client.request("n", { kinds: [7] });
  await open(client, { kinds: [7] });
  await open(client, { kinds: [1] });
  await metricBecomes(relay, "nostr_sync_exchanges", 1);
  await metricBecomes(relay, "nostr_sync_events_held", 60);
  await metricBecomes(relay, "nostr_subscriptions", 1);
  client.send("CLOSE", "n");
  client.send("NEG-MSG", "n", firstMessage());
  assert.equal((await client.next("NEG-MSG"))[1], "n");
});

test("NIP-77: NEG-CLOSE, and the end of the connection, let go of what an exchange holds", async () => {
  await using relay = await startRelay();
  await using client = await filled(relay);
  await open(client, {});
  client.send("NEG-CLOSE", "n");
  client.send("NEG-CLOSE", "unknown");
  await metricBecomes(relay, "nostr_sync_events_held", 0);
  client.send("NEG-MSG", "n", firstMessage());
  assert.match((await client.next("NEG-ERR"))[2], /^closed: no exchange with this id/);
  await open(client, {});
  await metricBecomes(relay, "nostr_sync_events_held", 65);
  await client.close();
  await metricBecomes(relay, "nostr_sync_events_held", 0);
  await metricBecomes(relay, "nostr_sync_exchanges", 0);
});

const refused: [rule: string, settings: string, filter: unknown, message: unknown, reason: RegExp][] = [
  ["a filter that is none", "", { kinds: "x" }, "61", /^invalid: kinds/],
  ["no filter at all", "", undefined, undefined, /^invalid: a filter/],
  ["an unknown key of a filter", "", { search: "x" }, "61", /^unsupported: /],
  ["a message that is no hex", "", {}, "6", /^invalid: a sync message must be/],
  ["a message that is no string", "", {}, 61, /^invalid: a sync message must be/],
  ["a message that ends too early", "", {}, "6181", /^invalid: the sync message ends/],
  [
    "too many values",
    "[limits]\nmax_filter_values = 2",
    { kinds: [1, 2, 3] },
    "61",
    /^invalid: the filters name 3/,
  ],
  ["a scraper", "[limits]\nlimit_scrapers = true", {}, "61", /^blocked: a filter asks for too much/],
  ["a stranger", "[authorization]\nauth_required_to_read = true", {}, "61", /^auth-required: /],
  ["everybody where it is off", "[sync]\nenabled = false", {}, "61", /^unsupported: /],
];
for (const [rule, settings, filter, message, reason] of refused) {
  test(`NIP-77: NEG-ERR refuses ${rule}`, async () => {
    await using relay = await startRelay(settings);
    await using client = await filled(relay);
    const [verb, told] = await open(client, filter, message);
    assert.equal(verb, "NEG-ERR");
    assert.match(String(told), reason);
    await metricBecomes(relay, "nostr_sync_exchanges", 0);
    await metricBecomes(relay, "nostr_sync_events_held", 0);
  });
}

test("NIP-77: a query that finds too much is blocked, and told how much may be found", async () => {
  await using relay = await startRelay("[sync]\nmax_events = 50");
  await using client = await filled(relay);
  const [verb, reason, most] = await open(client, { kinds: [1] });
  assert.deepEqual([verb, most], ["NEG-ERR", 50]);
  assert.match(String(reason), /^blocked: this query is too big/);
  assert.equal((await open(client, { kinds: [1], limit: 50 }))[0], "NEG-MSG");
});

test("NIP-77: all exchanges together hold no more than they may, and a connection has so many", async () => {
  await using relay = await startRelay("[sync]\nmax_events = 60\nmax_events_held = 70\nmax_exchanges = 2");
  await using client = await filled(relay);
  await using other = await Client.connect(relay.url);
  await open(client, { kinds: [1] });
  assert.match(String((await open(other, { kinds: [1] }))[1]), /^rate-limited: others are comparing/);
  assert.equal((await open(other, { kinds: [7] }))[0], "NEG-MSG");
  client.send("NEG-OPEN", "second", { kinds: [7] }, firstMessage());
  assert.equal((await client.next("NEG-MSG"))[1], "second");
  client.send("NEG-OPEN", "third", { kinds: [7] }, firstMessage());
  assert.match((await client.next("NEG-ERR"))[2], /^rate-limited: at most 2 exchanges/);
  await client.close();
  await metricBecomes(relay, "nostr_sync_events_held", 5);
  assert.equal((await open(other, { kinds: [1] }))[0], "NEG-MSG");
});

test("NIP-77: an answer is no larger than configured, and the exchange comes to its end all the same", async () => {
  await using relay = await startRelay("[sync]\nmax_message_bytes = 16384");
  await using client = await Client.connect(relay.url);
  const many = Array.from(
    { length: 600 },
    (_, n) => signedEvent({ created_at: 1_700_000_000 + n }, secretKey(2)),
  );
  await client.publishAll(many);
  const storage = new nip77.NegentropyStorageVector();
  storage.seal();
  const negentropy = new nip77.Negentropy(storage);
  const need: string[] = [];
  client.send("NEG-OPEN", "n", {}, negentropy.initiate());
  for (let rounds = 1;; rounds++) {
    const [verb, , message] = await client.next();
    if (verb === "AUTH") continue;
    assert.equal(verb, "NEG-MSG");
    assert.ok(message.length < 16_384);
    const next = negentropy.reconcile(message, undefined, (id) => need.push(id));
    if (next === null) {
      assert.ok(rounds > 2);
      break;
    }
    client.send("NEG-MSG", "n", next);
  }
  assert.deepEqual(need.sort(), many.map(({ id }) => id).sort());
});
