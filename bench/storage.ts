/**
 * What storing and finding costs. Run as `deno run -A bench/storage.ts` or `bun bench/storage.ts`.
 *
 * Saves 100,000 events of about 600 bytes with two tags through `SqliteRepository`, 512 in flight, then
 * asks typical questions. CPU is the whole process's: writer and reader threads included.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { VerifiedEvent } from "../src/protocol/event.ts";
import type { Filter } from "../src/protocol/filter.ts";
import { SqliteRepository } from "../src/storage/sqlite/sqlite_repository.ts";

const EVENTS = 100_000;
const AUTHORS = 2_000;
const IN_FLIGHT = 512;
/** Where the first figure is taken, to show how cost grows with the database. */
const FIRST = 30_000;

const START = 1_700_000_000;
const hex = (bytes: number) => randomBytes(bytes).toString("hex");
const authors = Array.from({ length: AUTHORS }, () => hex(32));
const anyOf = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!;

/** A note, reaction or repost that names one earlier event and one author. */
function makeEvents(): VerifiedEvent[] {
  const ids: string[] = [];
  return Array.from({ length: EVENTS }, (_, n) => {
    const event = {
      id: hex(32),
      pubkey: anyOf(authors),
      created_at: START + n + Math.floor(Math.random() * 100),
      kind: [1, 1, 1, 7, 7, 6][n % 6],
      tags: [["e", n > 0 ? anyOf(ids) : hex(32)], ["p", anyOf(authors)]],
      content: "x".repeat(100),
      sig: hex(64),
    };
    ids.push(event.id);
    return { event, json: JSON.stringify(event) } as unknown as VerifiedEvent;
  });
}

/** Runs `work` and prints what it took for each of `count` things. */
async function measure(
  name: string,
  count: number,
  unit: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const cpu = process.cpuUsage(), start = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu), milliseconds = performance.now() - start;
  const each = ((user + system) / count).toFixed(1), rate = Math.round(1000 * count / milliseconds);
  console.log(
    `${name.padEnd(58)} ${each.padStart(9)} µs CPU/${unit}  ${rate.toLocaleString("en")} ${unit}/s`,
  );
}

async function saveAll(repository: SqliteRepository, events: readonly VerifiedEvent[]): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < events.length) await repository.save(events[next++]!);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

async function ask(repository: SqliteRepository, filter: Filter): Promise<number> {
  let found = 0;
  const { signal } = new AbortController();
  for await (const page of repository.find([filter], { signal })) found += page.length;
  return found;
}

const directory = mkdtempSync(join(tmpdir(), "longneck-bench-"));
let repository = await SqliteRepository.open(directory);
try {
  const events = makeEvents();
  const some = () => anyOf(events).event;
  console.log(`${"Deno" in globalThis ? "Deno" : "Bun"}, events of ${events[0]!.json.length} bytes`);
  await measure(
    `save, the first ${FIRST}`,
    FIRST,
    "event",
    () => saveAll(repository, events.slice(0, FIRST)),
  );
  await measure(
    `save, the next ${EVENTS - FIRST}`,
    EVENTS - FIRST,
    "event",
    () => saveAll(repository, events.slice(FIRST)),
  );
  await measure("save duplicates", FIRST, "event", () => saveAll(repository, events.slice(0, FIRST)));
  await repository.close();
  console.log(
    `${(statSync(join(directory, "longneck.db")).size / EVENTS).toFixed(0)} bytes an event on disk`,
  );
  repository = await SqliteRepository.open(directory);

  const follows = authors.slice(0, 500);
  const questions: [name: string, times: number, filter: () => Filter][] = [
    ["one author's 20 newest notes", 2_000, () => ({ authors: [anyOf(authors)], kinds: [1], limit: 20 })],
    [
      "feed of 500 authors, kinds 1 and 6, limit 100",
      100,
      () => ({ authors: follows, kinds: [1, 6], limit: 100 }),
    ],
    [
      "feed of 500 authors since the last hour",
      200,
      () => ({ authors: follows, since: START + EVENTS - 3600 }),
    ],
    ["replies to one event (#e)", 2_000, () => ({ kinds: [1], tags: [{ name: "e", values: [some().id] }] })],
    [
      "mentions of one author (#p), limit 50",
      2_000,
      () => ({ tags: [{ name: "p", values: [anyOf(authors)] }], limit: 50 }),
    ],
    ["one id", 3_000, () => ({ ids: [some().id] })],
    ["100 ids", 200, () => ({ ids: Array.from({ length: 100 }, () => some().id) })],
    ["the 500 newest of kind 1", 100, () => ({ kinds: [1], limit: 500 })],
    ["all events", 2, () => ({})],
  ];
  for (const [name, times, filter] of questions) {
    const asked = Array.from({ length: times }, filter);
    let found = 0;
    for (const one of asked.slice(0, 20)) await ask(repository, one);
    await measure(name, times, "query", async () => {
      for (const one of asked) found += await ask(repository, one);
    });
    console.log(`${" ".repeat(4)}${(found / times).toFixed(1)} events each`);
  }
  const { signal } = new AbortController();
  await measure("count of all events", EVENTS, "event", () => repository.count([{}], { signal }));
  await measure(
    "has, all at once",
    EVENTS,
    "id",
    () => Promise.all(events.map(({ event }) => repository.has(event.id))),
  );
} finally {
  await repository.close();
  rmSync(directory, { recursive: true });
}
