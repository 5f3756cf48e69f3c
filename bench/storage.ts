/**
 * What storing and finding costs. Run as `deno run -A bench/storage.ts` or `bun bench/storage.ts`, with the
 * name of a corpus (`small` or `realistic`), a number of events and an engine (`sqlite` or `postgres`) if need be.
 *
 * Saves the events of a corpus, which nobody signed, through a repository, 512 in flight, then asks
 * typical questions. CPU is the whole process's, writer and reader threads included; PostgreSQL's comes after it.
 */
import { hash } from "node:crypto";
import process from "node:process";
import type { NostrEvent, VerifiedEvent } from "../src/protocol/event.ts";
import type { Filter } from "../src/protocol/filter.ts";
import { ask, saveAll } from "./save_and_ask.ts";
import { realistic } from "./corpus/realistic.ts";
import type { MakeAuthor } from "./corpus/signer.ts";
import { small } from "./corpus/small.ts";
import { openPlace, type PlaceName } from "./places.ts";
import { familyCpuOf } from "./load/process.ts";

const [corpus = "small", count = "100000", engine = "sqlite"] = process.argv.slice(2);
const EVENTS = Number(count);
/** Events after which a figure is taken, to show how cost grows with the database. */
const FIGURES = [30_000, 60_000, 100_000, 200_000, 500_000, 900_000, 1_000_000];

const START = 1_700_000_000;
const anyOf = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!;

/** An author whose signatures have the right length, no more. */
const pretender: MakeAuthor = (secret) => ({
  pubkey: hash("sha256", secret),
  sign: (id) => id + id,
});

const made = (corpus === "realistic" ? realistic : small)(pretender, EVENTS, START + EVENTS);

/** The next events of the corpus. */
function take(howMany: number): VerifiedEvent[] {
  return Array.from({ length: howMany }, () => {
    const json = made.next().value as string;
    return { event: JSON.parse(json) as NostrEvent, json } as unknown as VerifiedEvent;
  });
}

/** Runs `work` and prints what it took for each of `count` things. */
async function measure(
  name: string,
  count: number,
  unit: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const cpu = process.cpuUsage(), serverCpu = familyCpuOf(place.serverPid), start = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu), milliseconds = performance.now() - start;
  const each = ((user + system) / count).toFixed(1), rate = Math.round(1000 * count / milliseconds);
  const servers = serverCpu === undefined
    ? ""
    : ` +${((familyCpuOf(place.serverPid)! - serverCpu) / count).toFixed(1).padStart(8)}`;
  console.log(
    `${name.padEnd(58)} ${each.padStart(9)}${servers} µs CPU/${unit}  ${rate.toLocaleString("en")} ${unit}/s`,
  );
}

await using place = await openPlace(engine as PlaceName);
let repository = await place.open();
try {
  console.log(`${"Deno" in globalThis ? "Deno" : "Bun"}, ${corpus} events`);
  let events: VerifiedEvent[] = [], bytes = 0, saved = 0;
  for (const figure of [...FIGURES.filter((figure) => figure < EVENTS), EVENTS]) {
    events = take(figure - saved);
    for (const { json } of events) bytes += json.length;
    await measure(
      `save events ${saved} to ${figure}`,
      events.length,
      "event",
      () => saveAll(repository, events),
    );
    saved = figure;
  }
  const some = () => anyOf(events).event;
  const authors = [...new Set(events.map(({ event }) => event.pubkey))];
  await measure("save duplicates", events.length, "event", () => saveAll(repository, events));
  await repository.close();
  console.log(
    `${(await place.size() / EVENTS).toFixed(0)} bytes an event on disk, ` +
      `of which ${(bytes / EVENTS).toFixed(0)} characters of JSON`,
  );
  repository = await place.open();

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
    events.length,
    "id",
    () => Promise.all(events.map(({ event }) => repository.has(event.id))),
  );
} finally {
  await repository.close();
}
