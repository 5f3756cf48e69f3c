import assert from "node:assert/strict";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { openSqlite } from "./stores.ts";

const signal = new AbortController().signal;
const articles = Array.from(
  { length: 200 },
  (_, n) => fakeEvent({ kind: 30_023, created_at: n, tags: [["d", `${n}`]], content: "x".repeat(4_000) }),
);

async function stored() {
  const store = await openSqlite();
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
