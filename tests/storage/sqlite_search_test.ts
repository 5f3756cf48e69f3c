import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { readSearch } from "../../src/protocol/search.ts";
import { SqliteRepository } from "../../src/storage/sqlite/sqlite_repository.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { Store, temporaryDirectory } from "./stores.ts";

const note = (content: string, given: Partial<NostrEvent> = {}) => fakeEvent({ content, ...given });

/** What a search finds once all is in the index. */
async function found(store: Store, query: string, kinds: readonly number[]): Promise<string[]> {
  const pages = await store.pages({ search: readSearch(query, kinds)! });
  return pages.flat().map((json) => JSON.parse(json).content);
}

async function open(directory: string, searchKinds?: readonly number[]): Promise<Store> {
  return new Store(await SqliteRepository.open(directory, { searchKinds }));
}

test("sqlite: what was stored before search was turned on is found, also after more is saved than fits a stretch", async () => {
  using directory = temporaryDirectory();
  {
    await using store = await open(directory.path);
    await store.save(...Array.from({ length: 600 }, (_, n) => note(`old ${n}`)));
  }
  await using store = await open(directory.path, [1]);
  while ((await found(store, "old", [1])).length < 600); // each search takes up a stretch
  assert.deepEqual(await found(store, "old 599", [1]), ["old 599"]);
});

test("sqlite: the index follows the kinds of the configuration", async () => {
  using directory = temporaryDirectory();
  {
    await using store = await open(directory.path, [1]);
    await store.save(note("fig one"), note("fig two", { kind: 11 }));
    assert.deepEqual(await found(store, "fig", [1]), ["fig one"]);
  }
  await using store = await open(directory.path, [11]);
  assert.deepEqual(await found(store, "fig", [11]), ["fig two"]);
});

test("sqlite: what goes while search is off is not in the index when it is on again, nor takes another's place", async () => {
  using directory = temporaryDirectory();
  const gone = note("fig one");
  {
    await using store = await open(directory.path, [1]);
    await store.save(note("fig two"));
    await store.save(gone);
    assert.equal((await found(store, "fig", [1])).length, 2);
  }
  {
    await using store = await open(directory.path);
    await store.repository.remove([gone.event.id]);
  }
  {
    await using store = await open(directory.path);
    await store.save(note("plum"));
  }
  await using store = await open(directory.path, [1]);
  assert.deepEqual(await found(store, "fig", [1]), ["fig two"]);
  assert.deepEqual(await found(store, "plum", [1]), ["plum"]);
});

test("sqlite: of an event that was removed no word stays on the disk", async () => {
  using directory = temporaryDirectory();
  const secret = note("unforgettable tangerine");
  {
    await using store = await open(directory.path, [1]);
    await store.save(secret, note("apple"));
    assert.equal((await found(store, "tangerine", [1])).length, 1);
    await store.repository.remove([secret.event.id]);
  }
  for (const file of readdirSync(directory.path)) {
    assert.doesNotMatch(readFileSync(join(directory.path, file), "latin1"), /tangerine|unforgett/, file);
  }
});
