import assert from "node:assert/strict";
import { verifyEvent } from "nostr-tools/pure";
import { AbstractSimplePool } from "nostr-tools/abstract-pool";
import { AbstractRelay } from "nostr-tools/abstract-relay";
import type { Event, EventTemplate, VerifiedEvent } from "nostr-tools/core";
import { finalizeEvent } from "nostr-tools/pure";
import { testOnEngines } from "../fixtures/engines.ts";
import { startRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

/** Event of the library's own type, whose tags are not readonly. */
const sign = (given: Partial<EventTemplate> = {}, key = secretKey(1)) =>
  signedEvent(given, key) as unknown as VerifiedEvent;

/** The library's sockets, which it closes without waiting for their end. */
class Sockets implements AsyncDisposable {
  readonly #ends: Promise<void>[] = [];
  readonly implementation: typeof WebSocket;

  constructor() {
    const ends = this.#ends;
    this.implementation = class extends WebSocket {
      constructor(url: string | URL) {
        super(url);
        ends.push(new Promise((resolve) => this.addEventListener("close", () => resolve())));
      }
    } as typeof WebSocket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#ends);
  }
}

function connect(url: string, sockets: Sockets, options: { enableReconnect?: boolean } = {}) {
  return AbstractRelay.connect(url, {
    verifyEvent,
    websocketImplementation: sockets.implementation,
    ...options,
  });
}

function openPool(sockets: Sockets, automaticallyAuth?: AbstractSimplePool["automaticallyAuth"]) {
  const options = {
    verifyEvent,
    websocketImplementation: sockets.implementation,
    maxWaitForConnection: 3000,
  };
  return new AbstractSimplePool({ ...options, automaticallyAuth });
}

/** Collects events until a condition holds. */
function collect<T>() {
  const items: T[] = [];
  let wake = () => {};
  return {
    items,
    push(item: T) {
      items.push(item);
      wake();
    },
    async until(count: number): Promise<T[]> {
      while (items.length < count) await new Promise<void>((resolve) => wake = resolve);
      return items;
    },
  };
}

testOnEngines(
  "nostr-tools' Relay publishes, subscribes, hears EOSE and live events, and closes",
  async ({ url }) => {
    await using sockets = new Sockets();
    const relay = await connect(url, sockets);
    const [stored, live, unheard] = ["stored", "live", "unheard"].map((content) => sign({ content }));
    assert.equal(await relay.publish(stored!), "");
    const events = collect<string>();
    const eose = Promise.withResolvers<void>();
    const subscription = relay.subscribe([{ kinds: [1] }, { authors: [stored!.pubkey] }], {
      onevent: ({ content }) => events.push(content),
      oneose: eose.resolve,
    });
    await eose.promise;
    assert.deepEqual(events.items, ["stored"]);
    await relay.publish(live!);
    assert.deepEqual(await events.until(2), ["stored", "live"]);
    subscription.close();
    await relay.publish(unheard!);
    assert.equal(await relay.count([{ kinds: [1] }], {}), 3);
    assert.deepEqual(events.items, ["stored", "live"]);
    relay.close();
  },
);

test("nostr-tools' Relay hears why something is refused", async () => {
  await using relay = await startRelay();
  await using sockets = new Sockets();
  const client = await connect(relay.url, sockets);
  await assert.rejects(client.publish({ ...sign(), content: "changed" }), /^Error: invalid: /);
  const [refusal, timer] = [Promise.withResolvers<string>(), Promise.withResolvers<void>()];
  const late = { eoseTimeout: 1, oneose: timer.resolve }; // the library lets its timer run on after CLOSED
  client.subscribe([{ kinds: [-1] }], { onclose: refusal.resolve, ...late });
  const [reason] = await Promise.all([refusal.promise, timer.promise]);
  assert.match(reason, /^invalid: /);
  await assert.rejects(client.count([{ ids: ["x"] }], {}), /invalid: /);
  const duplicate = sign();
  await client.publish(duplicate);
  assert.match(await client.publish(duplicate), /^duplicate: /);
  client.close();
});

test("nostr-tools' Relay authenticates when asked, and publishes a protected event (NIP-42, NIP-70)", async () => {
  await using relay = await startRelay();
  await using sockets = new Sockets();
  const client = await connect(relay.url, sockets);
  const event = sign({ tags: [["-"]] });
  await assert.rejects(client.publish(event), /auth-required: /);
  await client.auth((template) => Promise.resolve(finalizeEvent(template, secretKey(1))));
  assert.equal(await client.publish(event), "");
  client.close();
});

test("nostr-tools' Relay reconnects after it was thrown out, and its subscription goes on", async () => {
  await using relay = await startRelay();
  await using sockets = new Sockets();
  const client = await connect(relay.url, sockets, { enableReconnect: true });
  client.resubscribeBackoff = [1];
  client.onnotice = () => {}; // would print them
  const [events, ends] = [collect<string>(), collect<void>()];
  client.subscribe([{}], { onevent: ({ content }) => events.push(content), oneose: () => ends.push() });
  await ends.until(1);
  for (let n = 0; n < 40; n++) await client.send("garbage").catch(() => {});
  await ends.until(2);
  await client.publish(sign({ content: "after" }));
  assert.deepEqual(await events.until(1), ["after"]);
  client.close();
});

testOnEngines(
  "nostr-tools gets stored events as it signed them, whatever is written in them",
  async ({ url }) => {
    await using sockets = new Sockets();
    const pool = openPool(sockets);
    const contents = [
      "",
      "plain",
      "Größe €",
      "😀 👩‍👩‍👧",
      '"\\\n\u0000\u2028',
      "字".repeat(9_000),
    ];
    const notes = contents.map((content) => sign({ content, tags: [["t", content], ["d", "ключ"]] }));
    for (const note of notes) await Promise.all(pool.publish([url], note));
    for (let times = 0; times < 4; times++) { // the last from memory, which keeps what it has loaded twice
      const found = await pool.querySync([url], { kinds: [1] }); // which checks id and signature
      assert.deepEqual(found.map(({ content }) => content).sort(), contents.toSorted());
    }
    pool.destroy();
  },
);

testOnEngines("nostr-tools' SimplePool publishes and queries over several relays", async ({ url }) => {
  await using other = await startRelay();
  await using sockets = new Sockets();
  const pool = openPool(sockets);
  const relays = [url, other.url];
  const notes = Array.from(
    { length: 20 },
    (_, n) => sign({ content: `${n}`, created_at: 1_700_000_000 + n }),
  );
  for (const note of notes) await Promise.all(pool.publish(relays, note));
  const found = await pool.querySync(relays, { kinds: [1], limit: 20 });
  assert.deepEqual(found.map(({ id }) => id).sort(), notes.map(({ id }) => id).sort());
  assert.equal((await pool.get(relays, { ids: [notes[7]!.id] }))?.content, "7");
  assert.equal(await pool.get(relays, { kinds: [7] }), null);
  pool.destroy();
});

testOnEngines(
  "nostr-tools' SimplePool subscribes: stored events, EOSE, live events, close",
  async ({ url }) => {
    await using sockets = new Sockets();
    const [reader, writer] = [openPool(sockets), openPool(sockets)];
    const [first, second] = [sign({ tags: [["t", "x"]] }), sign({ tags: [["t", "x"]], content: "live" })];
    await Promise.all(writer.publish([url], first));
    const events = collect<Event>();
    const eose = Promise.withResolvers<void>();
    const closer = reader.subscribe([url], { "#t": ["x"] }, {
      onevent: (event) => events.push(event),
      oneose: eose.resolve,
    });
    await eose.promise;
    await Promise.all(writer.publish([url], second));
    assert.deepEqual((await events.until(2)).map(({ id }) => id), [first.id, second.id]);
    closer.close();
    for (const pool of [reader, writer]) pool.destroy();
  },
);

test("nostr-tools' SimplePool authenticates on its own when publishing needs it", async () => {
  await using relay = await startRelay();
  await using sockets = new Sockets();
  const pool = openPool(sockets);
  const onauth = (template: EventTemplate) => Promise.resolve(finalizeEvent(template, secretKey(1)));
  const event = sign({ tags: [["-"]] });
  assert.deepEqual(await Promise.all(pool.publish([relay.url], event, { onauth })), [""]);
  pool.destroy();
});
