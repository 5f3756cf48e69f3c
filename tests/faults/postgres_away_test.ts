import assert from "node:assert/strict";
import process from "node:process";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { Client } from "../fixtures/client.ts";
import { onOwnServer } from "../fixtures/own_server.ts";
import { metric } from "../fixtures/metrics.ts";
import { spawnRelay } from "../fixtures/process.ts";
import { Publisher } from "../fixtures/publisher.ts";
import { RawClient } from "../fixtures/raw_client.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import {
  healthBecomes,
  healthOf,
  refusals,
  stage,
  startRelayOn,
  told,
  until,
  waitingForLock,
} from "./broken_store.ts";

const testOnServer = await onOwnServer();

const UNREACHABLE = "the store cannot be reached";
const SILENT = "the store does not answer";

testOnServer(
  "a server that is down at the start is waited for, while clients get errors at once",
  async (server, url) => {
    await server.stop();
    await using relay = await spawnRelay({ env: { NOSTR__DATABASE__CONNECTION: url } });
    await using client = await Client.connect(relay.url);
    assert.deepEqual(await healthOf(relay.httpUrl), { status: 503, storage: UNREACHABLE });
    const event = signedEvent({ content: "early" });
    assert.deepEqual(await refusals(client, event), told(UNREACHABLE));

    await server.start();
    await healthBecomes(relay.httpUrl, undefined);
    assert.deepEqual(await client.publish(event), [true, ""]);
    assert.deepEqual(await client.request("all", {}), [event]);
    await server.stop();
    await healthBecomes(relay.httpUrl, UNREACHABLE);
    await server.start();
    await healthBecomes(relay.httpUrl, undefined);
    const again = "the store can be used again";
    const said = relay.log.map(({ message }) => message.split(":")[0]!).filter((line) =>
      line.startsWith("the store")
    );
    assert.deepEqual(said.toSorted(), [again, again, UNREACHABLE, UNREACHABLE], "once per change");
  },
);

/** Bytes that a client may leave unread. */
const OUTBOX = 1_000_000;

/** Bytes that stay behind a full socket: see Outbox. */
const LOW_WATER = 64 * 1024;

/** Notes of an author, each with a content of its own. */
const notes = (author: number, count: number, round: string): NostrEvent[] =>
  Array.from({ length: count }, (_, n) => signedEvent({ content: `${round} ${n}` }, secretKey(author)));

testOnServer(
  "no event with OK true is lost when the server stops or crashes in mid-stream",
  async (server, url) => {
    await using relay = await startRelayOn(url);
    const accepted = new Set<string>();
    for (const [round, end] of [["stop", "stop"], ["crash", "crash"], ["crash again", "crash"]] as const) {
      const batches = [1, 2, 3].map((author) => notes(author, 100, round));
      const publishers = await Promise.all(batches.map(() => Publisher.connect(relay.url)));
      publishers.forEach((publisher, at) => publisher.publish(batches[at]!, 50));
      await publishers[0]!.answered(30);
      await server[end]();
      await Promise.all(publishers.map((publisher) => publisher.answered(100)));
      const refused = publishers.flatMap(({ refused }) => [...refused.values()]);
      assert.ok(refused.length > 0, "all was over before the server went");
      assert.deepEqual(refused.filter((reason) => !reason.startsWith("error: ")), []);
      for (const publisher of publishers) {
        for (const id of publisher.accepted) accepted.add(id);
        publisher.socket.close();
        await publisher.closed;
      }
      await server.start();
      await healthBecomes(relay.httpUrl, undefined);
      await using client = await Client.connect(relay.url);
      assert.deepEqual(await client.publish(batches[0]!.at(-1)), [true, ""]);
      const stored = new Set((await client.request("all", { limit: 5_000 })).map(({ id }) => id));
      assert.deepEqual([...accepted].filter((id) => !stored.has(id)), []);
    }
  },
);

testOnServer(
  "a query that loses its server ends in CLOSED, however slowly it is read; it holds no connection meanwhile",
  async (server, url) => {
    await using set = await stage(url, `pool_size = 1\n[limits]\nmax_pending_bytes = ${OUTBOX}`);
    const { relay, client } = set;
    const content = "x".repeat(50_000);
    await client.publishAll(Array.from({ length: 300 }, (_, n) => signedEvent({ created_at: n, content })));

    for (const [round, end] of (["stop", "crash"] as const).entries()) {
      const anew = { until: 1_000 + round }; // what was asked before may be remembered
      await using slow = await RawClient.connect(relay.port);
      slow.stopReading();
      slow.send("REQ", "slow", anew);
      await until("a full outbox", async () => await metric(relay, "nostr_outbox_bytes") > LOW_WATER);
      assert.equal(
        (await client.request("meanwhile", { ...anew, limit: 1 })).length,
        1,
        "it holds no connection",
      );
      await server[end]();
      slow.readOn();
      const [verb, , reason] = await slow.message("EOSE", "CLOSED");
      assert.equal(verb, "CLOSED");
      assert.match(reason, /^error: the store cannot be reached/);
      await server.start();
      await healthBecomes(relay.httpUrl, undefined);
      assert.equal((await client.request(end, anew)).length, 300);
    }
  },
);

testOnServer("a server that stands still is noticed, and used again when it moves", async (server, url) => {
  await using set = await stage(url, "statement_timeout_seconds = 1");
  const { relay, client } = set;
  const event = signedEvent({ content: "before" });
  assert.deepEqual(await client.publish(event), [true, ""]);
  server.freeze();
  try {
    assert.deepEqual(await refusals(client, signedEvent({ content: "meanwhile" })), told(SILENT));
    assert.deepEqual(await healthOf(relay.httpUrl), { status: 503, storage: SILENT });
  } finally {
    server.thaw();
  }
  await healthBecomes(relay.httpUrl, undefined);
  const [accepted] = await client.publish(signedEvent({ content: "meanwhile" }));
  assert.equal(accepted, true);
  assert.equal((await client.request("all", {})).length, 2);
});

testOnServer("a relay stops in good time although its server stands still", async (server, url) => {
  await using set = await stage(url);
  const { relay, client } = set;
  server.freeze();
  try {
    client.send("REQ", "all", {});
    client.send("EVENT", signedEvent());
    await until("a query under way", async () => await metric(relay, "nostr_queue_read") > 0);
    const before = performance.now();
    await relay.relay.stop();
    assert.ok(performance.now() - before < 10_000);
  } finally {
    server.thaw();
  }
});

testOnServer(
  "with every reading connection busy, writing goes on, and queries wait, but not for ever",
  async (_, url) => {
    await using set = await stage(url, "pool_size = 2\nstatement_timeout_seconds = 2");
    const { relay, client, admin, looking } = set;
    await using other = await Client.connect(relay.url);
    const event = signedEvent();
    await client.publishAll([event]);
    let busy: number[] = [];
    await admin.begin(async (transaction) => {
      await transaction`LOCK TABLE event`;
      for (const id of ["1", "2"]) client.send("REQ", id, { kinds: [7] });
      busy = await waitingForLock(looking, 2);
    });
    for (const _ of busy) await client.next("EOSE");

    for (const pid of busy) process.kill(pid, "SIGSTOP");
    try {
      for (const id of ["1", "2"]) client.send("REQ", id, {});
      await until("two queries", async () => await metric(relay, "nostr_queue_read") === 2);
      other.send("REQ", "late", {});
      assert.deepEqual(await other.publish(signedEvent({ content: "meanwhile" })), [true, ""]);
      assert.deepEqual(await other.publish(event), [true, "duplicate: this event is already stored"]);
      assert.deepEqual(await other.next("CLOSED"), [
        "CLOSED",
        "late",
        "error: the store is busy; try again later",
      ]);
    } finally {
      for (const pid of busy) process.kill(pid, "SIGCONT");
    }
    for (const _ of busy) await client.next("EOSE");
    assert.equal((await other.request("late", {})).length, 2);
  },
);

testOnServer("a relay that stands still in mid-stream stops no other", async (_, url) => {
  const env = { NOSTR__DATABASE__CONNECTION: url };
  await using frozen = await spawnRelay({ env });
  await using relay = await spawnRelay({ env });
  const publisher = await Publisher.connect(frozen.url);
  publisher.publish(notes(1, 300, "frozen"), 100);
  await publisher.answered(50);
  frozen.kill("SIGSTOP");
  await using client = await Client.connect(relay.url);
  await client.publishAll(notes(2, 50, "goes on"));
  frozen.kill("SIGCONT");
  await publisher.answered(300);
  assert.deepEqual([...publisher.refused], []);
  publisher.socket.close();
  await publisher.closed;
  assert.equal(await client.count({}), 350);
});
