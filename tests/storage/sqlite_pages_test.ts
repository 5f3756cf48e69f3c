import assert from "node:assert/strict";
import { newestFirst } from "../../src/protocol/event.ts";
import { PAGE } from "../../src/storage/sqlite/sqlite_repository.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { openSqlite } from "./stores.ts";

const signal = new AbortController().signal;
const articles = Array.from(
  { length: 200 },
  (_, n) => fakeEvent({ kind: 30_023, created_at: n, tags: [["d", `${n}`]], content: "x".repeat(4_000) }),
);

async function stored() {
  const store = await openSqlite({ page: { ...PAGE, milliseconds: 60_000 } }); // whatever else the machine does
  await store.save(...articles);
  return store;
}

test("sqlite: whoever may have much at once gets 200 articles in one page, and is told that it is the last", async () => {
  await using store = await stored();
  let ends = 0;
  const options = { signal, ample: () => true, onLast: () => void ends++ };
  const pages = await Array.fromAsync(store.repository.find([{ kinds: [30_023], limit: 200 }], options));
  assert.deepEqual([pages.map(({ length }) => length), ends], [[200], 1]);
  const small = await Array.fromAsync(store.repository.find([{ kinds: [30_023] }], { signal }));
  assert.ok(small.length > 10);
});

test("sqlite: while 256 wait, the next ones get less at once", async () => {
  await using store = await stored();
  const firstPage = async () => {
    const options = { signal, ample: () => true };
    for await (const page of store.repository.find([{ kinds: [30_023] }], options)) return page.length;
  };
  const sizes = await Promise.all(Array.from({ length: 258 }, firstPage));
  assert.deepEqual(sizes.slice(0, 256), Array(256).fill(200));
  assert.ok(sizes.slice(256).every((size) => size! < 20), `${sizes.slice(256)}`);
});

test("sqlite: events that are asked for over and over are the same each time, though few fit into memory", async () => {
  await using store = await openSqlite({ eventCacheBytes: 30_000 });
  const notes = Array.from(
    { length: 40 },
    (_, n) => fakeEvent({ created_at: n, content: `${n}${"x".repeat(n * 10)}` }),
  );
  await store.save(...notes);
  for (let asked = 0; asked < 120; asked++) {
    const some = [asked % 3, asked % 7, asked * 3 % 40, asked * 7 % 40].map((n) => notes[n]!);
    const expected = [...new Set(some)].sort((a, b) => newestFirst(a.event, b.event));
    const found = await store.find({ ids: some.map(({ event }) => event.id) });
    assert.deepEqual(found, expected.map(({ json }) => json));
  }
});
