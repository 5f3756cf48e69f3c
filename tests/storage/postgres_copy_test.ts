import assert from "node:assert/strict";
import type { VerifiedEvent } from "../../src/protocol/event.ts";
import { Copy } from "../../src/storage/copy.ts";
import { MemoryRepository } from "../../src/storage/memory.ts";
import { type Repository, StorageError } from "../../src/storage/repository.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { testOnPostgres } from "../fixtures/postgres.ts";
import { PostgresServer } from "../fixtures/postgres_server.ts";
import { openDatabase } from "./postgres_store.ts";
import { Store } from "./stores.ts";

/** More than a copy offers at a time, so that some are left for after the crash. */
const EVENTS = 12_000;

/** Events that are stored before the crash, at least. */
const SOME = 500;

const copyTo = (source: Repository, target: Repository) =>
  new Copy(source, target, { now: 0, report: () => {} });

/** A store whose server crashes when some events are stored; what is offered later comes after the crash. */
function crashing(repository: Repository, server: PostgresServer): Repository {
  let stored = 0, crashed: Promise<void> | undefined;
  const save = async (event: VerifiedEvent) => {
    await crashed;
    const outcome = await repository.save(event);
    if (++stored === SOME) crashed = server.crash();
    return outcome;
  };
  return Object.assign(Object.create(repository), { save, has: () => Promise.resolve(false) });
}

testOnPostgres("copy: a server that crashes ends it, and another copy brings what is missing", async () => {
  await using server = await PostgresServer.start();
  await using source = new Store(new MemoryRepository());
  await source.save(
    ...Array.from({ length: EVENTS }, (_, n) => fakeEvent({ created_at: n, content: `${n}` })),
  );
  let acknowledged: number;
  {
    await using target = new Store(await openDatabase(server.url));
    const copy = copyTo(source.repository, crashing(target.repository, server));
    await assert.rejects(copy.run(source.signal), StorageError);
    acknowledged = copy.fates.stored;
    assert.ok(acknowledged >= SOME && acknowledged < EVENTS, `${acknowledged}`);
  }
  await server.start();
  await using target = new Store(await openDatabase(server.url));
  const before = await target.count({});
  assert.ok(before >= acknowledged, `${before} of ${acknowledged}`);
  const copy = copyTo(source.repository, target.repository);
  await copy.run(source.signal);
  assert.equal(copy.fates.duplicate, before);
  assert.equal(copy.fates.stored, EVENTS - before);
  assert.deepEqual(await target.find({}), await source.find({}));
});
