import assert from "node:assert/strict";
import { RelayKey } from "../../src/crypto/relay_key.ts";
import { Announcements } from "../../src/management/announcements.ts";
import type { Role } from "../../src/management/lists.ts";
import type { NostrEvent, VerifiedEvent } from "../../src/protocol/event.ts";
import { MemoryRepository } from "../../src/storage/memory.ts";
import { StorageError } from "../../src/storage/repository.ts";
import { hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const [ALICE, BOB] = [hex(1), hex(2)];

function start() {
  const repository = new MemoryRepository();
  const members = new Map<string, readonly string[]>([[ALICE, []]]);
  const roles = new Map<string, Role>();
  const told: NostrEvent[] = [], failures: unknown[] = [];
  let obstacle: StorageError | undefined, milliseconds = 0;
  const pauses = { run: (_milliseconds: number): Promise<unknown> => Promise.resolve() };
  const announcements = new Announcements({
    key: new RelayKey("7".padStart(64, "0")),
    repository,
    members: () => members,
    roles: () => roles,
    publish: async (event: VerifiedEvent) => {
      if (obstacle) throw obstacle;
      assert.equal(await repository.save(event), "stored");
      told.push(event.event);
    },
    failed: (error) => failures.push(error),
    signal: new AbortController().signal,
    now: () => 1_000,
    clock: () => milliseconds++,
    pause: (milliseconds) => pauses.run(milliseconds),
  });
  const update = async () => {
    told.length = 0;
    await announcements.update();
    return told.map(({ kind }) => kind).sort();
  };
  return {
    announcements,
    members,
    roles,
    told,
    failures,
    pauses,
    update,
    block: (error?: StorageError) => obstacle = error,
  };
}

test("announcements: the first list calls nobody added, and what is published once is not again", async () => {
  const { update, told } = start();
  assert.deepEqual(await update(), [13_534]);
  assert.deepEqual(told[0]!.tags, [["-"], ["member", ALICE]]);
  assert.deepEqual(await update(), []);
});

test("announcements: changes are told, and the list of the same second goes before the last one", async () => {
  const { update, members, told } = start();
  await update();
  members.set(BOB, ["king"]);
  assert.deepEqual(await update(), [13_534, 8_000].sort());
  assert.deepEqual(told.at(-1)!.tags, [["-"], ["member", ALICE], ["member", BOB, "king"]]);
  assert.deepEqual(told[0]!.tags, [["-"], ["p", BOB]]);
  members.delete(ALICE);
  assert.deepEqual(await update(), [13_534, 8_001].sort());
  assert.equal(told.at(-1)!.created_at, 1_002);
  members.set(BOB, []);
  assert.deepEqual(await update(), [13_534], "a role alone adds and removes nobody");
});

test("announcements: roles are published as they change, and go when they are gone", async () => {
  const { update, roles, told } = start();
  await update();
  roles.set("k", { label: "king", color: 0, order: 0 });
  assert.deepEqual(await update(), [33_534]);
  assert.deepEqual(told[0]!.tags, [["-"], ["d", "k"], ["label", "king"], ["color", "0"], ["order", "0"]]);
  roles.set("k", { label: "queen" });
  assert.deepEqual(await update(), [33_534]);
  roles.delete("k");
  assert.deepEqual(await update(), []);
  roles.set("k", { label: "king" });
  assert.deepEqual(await update(), [33_534]);
});

test("announcements: what could not be published is published at the next update", async () => {
  const { update, members, failures, block } = start();
  await update();
  members.set(BOB, []);
  const full = new StorageError("full");
  block(full);
  assert.deepEqual(await update(), []);
  assert.deepEqual(failures, [full]);
  block();
  assert.deepEqual(await update(), [13_534, 8_000].sort());
});

test("announcements: however many join one after the other, the list is rewritten once until it has rested", async () => {
  const { announcements, members, pauses, told, update } = start();
  await update();
  const rests: PromiseWithResolvers<void>[] = [];
  pauses.run = (milliseconds) => {
    assert.ok(milliseconds > 0 && milliseconds <= 1_000, `${milliseconds}`);
    const rest = Promise.withResolvers<void>();
    rests.push(rest);
    return rest.promise;
  };
  told.length = 0;
  const answers = Array.from({ length: 30 }, async (_, n) => {
    for (let turn = 0; turn < 9 * n; turn++) await Promise.resolve();
    members.set(hex(100 + n), []);
    await announcements.update();
  });
  for (let turn = 0; turn < 1_000; turn++) await Promise.resolve();
  assert.equal(rests.length, 1);
  rests[0]!.resolve();
  pauses.run = () => Promise.resolve();
  await Promise.all(answers);
  assert.deepEqual(told.filter(({ kind }) => kind === 13_534).map(({ tags }) => tags.length), [32]);
  assert.equal(told.filter(({ kind }) => kind === 8_000).length, 30);
});
