import assert from "node:assert/strict";
import { RelayKey } from "../../src/crypto/relay_key.ts";
import { Discovery } from "../../src/management/discovery.ts";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { MemoryRepository } from "../../src/storage/memory.ts";
import { test } from "../harness.ts";
import { info } from "../runtime/relay_info_fixture.ts";
import { Store } from "../storage/stores.ts";

/** A relay that tells of itself every 100 seconds, and a world in which that can change. */
function setUp() {
  const world = { now: 1_000, topics: ["giraffes"], failing: false, failed: [] as unknown[] };
  const repository = new MemoryRepository({ now: () => world.now });
  const discovery = new Discovery({
    key: new RelayKey("7".padStart(64, "0")),
    repository,
    publish: (event) => world.failing ? Promise.reject(new Error("full")) : repository.save(event),
    info: () => info,
    facts: () => ({ relayUrl: "wss://relay.test", topics: world.topics, kinds: new Map() }),
    interval: 100,
    failed: (error) => world.failed.push(error),
    signal: new AbortController().signal,
    now: () => world.now,
  });
  const store = new Store(repository);
  const update = async () => {
    await discovery.update();
    return (await store.find({})).map((json): NostrEvent => JSON.parse(json));
  };
  return { world, update };
}

test("NIP-66: what has not changed is published anew when it is old, not before", async () => {
  const { world, update } = setUp();
  for (const [now, createdAt] of [[1_000, 1_000], [1_099, 1_000], [1_100, 1_100], [1_150, 1_100]] as const) {
    world.now = now;
    assert.deepEqual((await update()).map(({ created_at }) => created_at), [createdAt], `at ${now}`);
  }
});

test("NIP-66: what has changed replaces what was published, in the same second too", async () => {
  const { world, update } = setUp();
  await update();
  world.topics = ["savannas"];
  const [event, ...others] = await update();
  assert.deepEqual(others, []);
  assert.deepEqual(event!.tags.filter(([name]) => name === "t"), [["t", "savannas"]]);
});

test("NIP-66: what could not be published is told, and tried again", async () => {
  const { world, update } = setUp();
  world.failing = true;
  assert.deepEqual(await update(), []);
  assert.equal(world.failed.length, 1);
  world.failing = false;
  assert.equal((await update()).length, 1);
});
