import assert from "node:assert/strict";
import { fakeEvent } from "../fixtures/events.ts";
import { freshDatabase, testOnPostgres } from "../fixtures/postgres.ts";
import { Instance } from "./postgres_instance.ts";
import { openDatabase } from "./postgres_store.ts";
import { Store } from "./stores.ts";

/** A primary and, in its replica's place, a database of its own, that gets events when a test says so. */
async function startPair() {
  const stack = new AsyncDisposableStack();
  const [primary, replica] = [stack.use(await freshDatabase()), stack.use(await freshDatabase())];
  const replicated = stack.use(await Instance.start(replica.url));
  const options = { connectionWrite: primary.url };
  const instance = stack.use(await Instance.start(replica.url, options));
  const other = stack.use(await Instance.start(replica.url, options));
  const store = new Store(instance.repository);
  return { instance, other, replicated, store, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const [a, b, c] = [fakeEvent({ content: "a" }), fakeEvent({ content: "b" }), fakeEvent({ content: "c" })];
const onReplicaOnly = fakeEvent({ content: "on the replica only" });

testOnPostgres("a query that a replica lags behind is answered by the primary", async () => {
  await using pair = await startPair();
  await pair.instance.save(a);
  assert.deepEqual(await pair.store.find({}), [a.json], "one's own");
  await pair.other.save(b, c);
  await pair.instance.inbox.gets(b, c);
  await pair.replicated.save(a, b);
  assert.equal(
    (await pair.store.find({})).length,
    3,
    "what another instance has stored and the bus has brought",
  );
});

testOnPostgres(
  "a count that a replica lags behind is answered by the primary, until that has caught up",
  async () => {
    await using pair = await startPair();
    await pair.instance.save(a);
    await pair.other.save(b);
    await pair.instance.inbox.gets(b);
    const offset = 8;
    for (const filters of [[{}], [{ kinds: [1] }, { authors: [a.event.pubkey] }]]) {
      assert.equal(await pair.store.count(...filters), 2);
      const { count, registers } = await pair.store.countAuthors(filters, offset);
      assert.equal(count, 2);
      assert.ok(registers.some((register) => register > 0));
    }
    await pair.replicated.save(onReplicaOnly, a, b);
    assert.equal(await pair.store.count({}), 3);
  },
);

testOnPostgres("a query is answered by the replica again when that has caught up", async () => {
  await using pair = await startPair();
  await pair.instance.save(a);
  assert.deepEqual(await pair.store.find({}), [a.json]);
  await pair.replicated.save(onReplicaOnly);
  assert.deepEqual(await pair.store.find({ kinds: [1] }), [onReplicaOnly.json]);
});

testOnPostgres("a request to vanish is followed while the replica is away", async () => {
  await using primary = await freshDatabase();
  const options = { connectionWrite: primary.url, patient: true };
  await using store = new Store(await openDatabase("postgres://127.0.0.1:1/nowhere", options));
  const note = fakeEvent({ created_at: 1 });
  assert.deepEqual(await store.save(note, fakeEvent({ kind: 62, created_at: 5 })), ["stored", "stored"]);
  assert.equal(await store.repository.has(note.event.id), false);
});
