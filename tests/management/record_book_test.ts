import assert from "node:assert/strict";
import { RecordBook } from "../../src/management/record_book.ts";
import { MemoryRecords } from "../../src/storage/memory_records.ts";
import type { Records, StoredRecord } from "../../src/storage/records.ts";
import { test } from "../harness.ts";

/** A book on these records, and what it tells. */
function open(records: Records = new MemoryRecords()) {
  const news: string[] = [], failures: unknown[] = [];
  const book = new RecordBook(records, {
    shared: true,
    onNews: (records: readonly StoredRecord[]) => void news.push(...records.map(({ key }) => key)),
    onFailure: (error) => failures.push(error),
  });
  return { book, records, news, failures };
}

const put = (key: string, value: unknown = true) => ({ kind: "x", key, value: JSON.stringify(value) });
const keys = (book: RecordBook) => [...book.of("x").keys()];

test("record book: what is changed is in the book and in the store", async () => {
  const { book, records, news } = open();
  assert.equal(book.isKnown, false);
  await book.change(() => [put("a", { n: 1 })]);
  assert.deepEqual(book.of("x").get("a"), { n: 1 });
  assert.deepEqual((await records.read()).records, [put("a", { n: 1 })]);
  await book.change(() => [{ kind: "x", key: "a", value: undefined }]);
  assert.deepEqual(keys(book), []);
  assert.deepEqual(news, ["a"]);
});

test("record book: what others change comes with its version, once, in the map that was handed out", async () => {
  const { records, ...first } = open();
  const second = open(records);
  const map = second.book.of("x");
  await second.book.open();
  await first.book.change(() => [put("a"), put("b")]);
  await second.book.follow(1);
  await second.book.follow(1);
  assert.deepEqual([...map.keys()], ["a", "b"]);
  assert.deepEqual(second.news, ["a", "b"]);
  await first.book.change(() => [{ ...put("a"), value: undefined }]);
  await second.book.follow(2);
  assert.deepEqual([...map.keys()], ["b"]);
  assert.deepEqual(second.news, ["a", "b"]);
});

test("record book: who is overtaken decides again, on what is then", async () => {
  const { records, book } = open();
  const other = open(records);
  await Promise.all([book.open(), other.book.open()]);
  const count = (of: RecordBook) => of.change(() => [put("n", Number(of.of<number>("x").get("n") ?? 0) + 1)]);
  await Promise.all([book, other.book, book, other.book].map(count));
  await Promise.all([book.follow(4), other.book.follow(4)]);
  assert.deepEqual([book.of("x").get("n"), other.book.of("x").get("n")], [4, 4]);
});

test("record book: a failure changes nothing, and the next attempt may succeed", async () => {
  const records = new MemoryRecords();
  const broken = new Error("away");
  let away = true;
  const { book, failures } = open({
    read: () => away ? Promise.reject(broken) : records.read(),
    write: (...given) => records.write(...given),
  });
  await book.follow(0);
  assert.deepEqual(failures, [broken]);
  await assert.rejects(book.change(() => [put("a")]), broken);
  assert.equal(book.isKnown, false);
  away = false;
  await book.change(() => [put("a")]);
  assert.deepEqual(keys(book), ["a"]);
});

test("record book: who misses something looks into the store before saying so", async () => {
  const { records, ...first } = open();
  const second = open(records);
  await second.book.open();
  await first.book.change(() => [put("a")]);
  const missing = new Error("missing");
  const move = (from: string) => () => {
    if (!second.book.of("x").has(from)) throw missing;
    return [{ ...put(from), value: undefined }, put("b")];
  };
  await second.book.change(move("a"));
  assert.deepEqual(keys(second.book), ["b"]);
  await assert.rejects(second.book.change(move("a")), missing);
});

test("record book: who misses something again and again does not make it read the store each time", async () => {
  const records = new MemoryRecords();
  let reads = 0;
  const { book } = open({
    read: () => (reads++, records.read()),
    write: (...given) => records.write(...given),
  });
  await book.open();
  const missing = new Error("missing");
  const miss = () => {
    throw missing;
  };
  for (let n = 0; n < 100; n++) await assert.rejects(book.change(miss), missing);
  assert.ok(reads > 1 && reads < 50, `${reads} reads`);
});
