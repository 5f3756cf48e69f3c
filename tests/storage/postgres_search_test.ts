import assert from "node:assert/strict";
import { readSearch } from "../../src/protocol/search.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { freshDatabase, testOnPostgres } from "../fixtures/postgres.ts";
import { openDatabase } from "./postgres_store.ts";
import { Store } from "./stores.ts";

async function found(store: Store, query: string, kinds: readonly number[]): Promise<string[]> {
  return (await store.find({ search: readSearch(query, kinds)! })).map((json) => JSON.parse(json).content);
}

testOnPostgres(
  "postgres: what was stored before search was turned on is found, and the index follows the kinds",
  async () => {
    await using database = await freshDatabase();
    const open = async (searchKinds?: number[]) =>
      new Store(await openDatabase(database.url, { searchKinds }));
    {
      await using store = await open();
      await store.save(fakeEvent({ content: "fig one" }), fakeEvent({ content: "fig two", kind: 11 }));
    }
    {
      await using store = await open([1]);
      assert.deepEqual(await found(store, "fig", [1]), ["fig one"]);
    }
    await using store = await open([11]);
    assert.deepEqual(await found(store, "fig", [11]), ["fig two"]);
  },
);

testOnPostgres("postgres: what one relay saves another finds", async () => {
  await using database = await freshDatabase();
  await using one = new Store(await openDatabase(database.url, { searchKinds: [1] }));
  await using other = new Store(await openDatabase(database.url, { searchKinds: [1] }));
  await one.save(fakeEvent({ content: "fig" }));
  assert.deepEqual(await Promise.all([found(one, "fig", [1]), found(other, "fig", [1])]), [["fig"], ["fig"]]);
});
