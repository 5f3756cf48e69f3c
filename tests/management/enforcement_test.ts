import assert from "node:assert/strict";
import { Enforcement } from "../../src/management/enforcement.ts";
import { LIST, Lists } from "../../src/management/lists.ts";
import { RecordBook } from "../../src/management/record_book.ts";
import { MemoryRepository } from "../../src/storage/memory.ts";
import { StorageError } from "../../src/storage/repository.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const [ALICE, BOB] = [hex(1), hex(2)];

function start(repository = new MemoryRepository()) {
  const told = { cutOff: 0, removed: 0, failures: [] as unknown[] };
  const book: RecordBook = new RecordBook(repository.records, {
    shared: false,
    onNews: (news) => enforcement.enforce(news),
    onFailure: (error) => told.failures.push(error),
  });
  const enforcement = new Enforcement({
    repository,
    lists: new Lists(book),
    signal: new AbortController().signal,
    cutOff: () => told.cutOff++,
    removed: (count) => told.removed += count,
    failed: (error) => told.failures.push(error),
  });
  const change = (kind: string, key: string, value: unknown) =>
    book.change(() => [{ kind, key, value: JSON.stringify(value) }]);
  return { repository, book, enforcement, told, change };
}

const count = (repository: MemoryRepository) =>
  repository.count([{}], { signal: new AbortController().signal });

test("enforcement: what is banned is removed, and nothing else", async () => {
  const { repository, enforcement, told, change } = start();
  const banned = fakeEvent({ pubkey: BOB, content: "x" });
  for (let n = 0; n < 250; n++) await repository.save(fakeEvent({ pubkey: ALICE, content: `${n}` }));
  for (const event of [banned, fakeEvent({ pubkey: BOB })]) await repository.save(event);
  await change(LIST.bannedPubkeys, ALICE, { reason: "" });
  await change(LIST.bannedEvents, banned.event.id, { reason: "" });
  await enforcement.settled();
  assert.deepEqual([await count(repository), told.removed], [1, 251]);
});

test("enforcement: what was on its way is found by a second look, unless the ban was lifted", async () => {
  const { repository, enforcement, change } = start();
  for (const pubkey of [ALICE, BOB]) await change(LIST.bannedPubkeys, pubkey, { reason: "" });
  await enforcement.settled();
  for (const pubkey of [ALICE, BOB]) await repository.save(fakeEvent({ pubkey }));
  await change(LIST.bannedPubkeys, BOB, undefined);
  await enforcement.again();
  assert.equal(await count(repository), 1);
});

test("enforcement: what fails is told, and done later", async () => {
  const repository = new MemoryRepository();
  await repository.save(fakeEvent({ pubkey: ALICE }));
  const { enforcement, told, change } = start(repository);
  const { remove } = repository;
  const broken = new StorageError("full");
  repository.remove = () => Promise.reject(broken);
  await change(LIST.bannedPubkeys, ALICE, { reason: "" });
  await enforcement.settled();
  assert.deepEqual(told.failures, [broken]);
  repository.remove = remove;
  await enforcement.again();
  assert.equal(await count(repository), 0);
});

test("enforcement: what was banned before the start is looked for again", async () => {
  const { repository, change, enforcement } = start();
  await change(LIST.bannedPubkeys, ALICE, { reason: "" });
  await enforcement.settled();
  await repository.save(fakeEvent({ pubkey: ALICE }));
  const next = start(repository);
  await next.book.open();
  await next.enforcement.settled();
  assert.equal(await count(repository), 0);
});

test("enforcement: a blocked address cuts off, another change does not", async () => {
  const { told, change } = start();
  await change(LIST.allowedPubkeys, ALICE, { reason: "" });
  assert.equal(told.cutOff, 0);
  await change(LIST.blockedAddresses, "192.0.2.1", { ip: "192.0.2.1", reason: "" });
  assert.equal(told.cutOff, 1);
});
