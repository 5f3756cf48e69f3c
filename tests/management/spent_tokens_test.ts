import assert from "node:assert/strict";
import { RecordBook } from "../../src/management/record_book.ts";
import { SpentTokens } from "../../src/management/spent_tokens.ts";
import { MemoryRecords } from "../../src/storage/memory_records.ts";
import { hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

function instances() {
  const records = new MemoryRecords();
  const clock = { now: 1_000 };
  const start = () => {
    const book = new RecordBook(records, { shared: true, onNews: () => {}, onFailure: () => {} });
    return new SpentTokens(book, () => clock.now);
  };
  return { records, clock, start };
}

test("spent tokens: one is good once, at one of several instances", async () => {
  const { start } = instances();
  const [one, two] = [start(), start()];
  const spent = await Promise.all([one, two, one, two].map((tokens) => tokens.spend(hex(1), 1_060)));
  assert.deepEqual(spent.filter(Boolean).length, 1);
  assert.equal(await start().spend(hex(1), 1_060), false, "nor after a restart");
  assert.equal(await two.spend(hex(2), 1_060), true);
});

test("spent tokens: those that are good no more are forgotten, and not before", async () => {
  const { start, clock, records } = instances();
  const tokens = start();
  await tokens.spend(hex(1), 1_060);
  clock.now = 1_060;
  await tokens.spend(hex(2), 1_120);
  assert.equal((await records.read()).records.length, 2);
  clock.now = 1_061;
  await tokens.spend(hex(3), 1_121);
  assert.deepEqual((await records.read()).records.map(({ key }) => key), [hex(2), hex(3)]);
});
