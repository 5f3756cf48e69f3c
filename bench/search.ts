/**
 * What search (NIP-50) costs. Run as `deno run -A bench/search.ts` or `bun bench/search.ts`, with an engine (`sqlite` or
 * `postgres`) and a number of events if need be.
 *
 * Saves notes of 5 to 60 words from a vocabulary as skewed as a language's (Zipf), once without the index and once with
 * it, waits until all is in the index, then asks one question after the other.
 */
import { hash } from "node:crypto";
import process from "node:process";
import type { VerifiedEvent } from "../src/protocol/event.ts";
import type { Filter } from "../src/protocol/filter.ts";
import { readSearch } from "../src/protocol/search.ts";
import { ask, saveAll } from "./save_and_ask.ts";
import { familyCpuOf } from "./load/process.ts";
import { openPlace, type PlaceName } from "./places.ts";

const [engine = "sqlite", count = "100000"] = process.argv.slice(2);
const EVENTS = Number(count);
const QUESTIONS = 100;
const VOCABULARY = 50_000;
const KINDS = [1];

/** The word of a rank: 1 is the commonest. */
const word = (rank: number): string =>
  rank.toString(36).replace(/\d/g, (digit) => "aeiouyrstl"[Number(digit)]!) + "n";

/** Of rank r with a probability of about 1/r. */
const anyRank = (): number => Math.floor(VOCABULARY ** Math.random());

function note(n: number, ...more: string[]): VerifiedEvent {
  const words = more.length > 0
    ? more
    : Array.from({ length: 5 + Math.floor(55 * Math.random()) }, () => word(anyRank()));
  const id = hash("sha256", `${n}`), pubkey = hash("sha256", `author ${n % 500}`);
  const event = {
    id,
    pubkey,
    created_at: 1_700_000_000 + n,
    kind: 1,
    tags: [],
    content: words.join(" "),
    sig: id + id,
  };
  return { event, json: JSON.stringify(event) } as unknown as VerifiedEvent;
}

function* notes(): Generator<VerifiedEvent> {
  for (let n = 0; n < EVENTS; n++) yield note(n);
}

const searching = (query: string, filter: Filter = {}): Filter => ({
  limit: 20,
  ...filter,
  search: readSearch(query, KINDS)!,
});

const between = (low: number, high: number) => word(low + Math.floor((high - low) * Math.random()));

const questions: [name: string, filter: () => Filter][] = [
  ["a rare word", () => searching(between(2_000, VOCABULARY))],
  ["a middling word", () => searching(between(100, 2_000))],
  ["one of the ten commonest words", () => searching(between(1, 11))],
  ["two middling words", () => searching(`${between(100, 2_000)} ${between(20, 200)}`)],
  ["a phrase of two common words", () => searching(`"${between(1, 30)} ${between(1, 30)}"`)],
  ["a prefix of three letters", () => searching(`${between(2_000, VOCABULARY).slice(0, 3)}*`)],
  [
    "a common word of one author",
    () =>
      searching(between(1, 30), { authors: [hash("sha256", `author ${Math.floor(500 * Math.random())}`)] }),
  ],
  [
    "a mixture: words by their frequency, 1 to 3",
    () =>
      searching(Array.from({ length: 1 + Math.floor(3 * Math.random()) }, () => word(anyRank())).join(" ")),
  ],
];

for (const kinds of [undefined, KINDS]) {
  await using place = await openPlace(engine as PlaceName, kinds);
  const repository = await place.open();
  const cpu = () => process.cpuUsage().user + process.cpuUsage().system + (familyCpuOf(place.serverPid) ?? 0);
  const before = cpu();
  await saveAll(repository, notes());
  if (kinds) await repository.save(note(EVENTS, "lastly"));
  while (kinds && await ask(repository, searching("lastly")) === 0); // each search takes up a stretch
  console.log(
    `${kinds ? "with" : "without"} search: ${((cpu() - before) / EVENTS).toFixed(1)} µs CPU an event`,
  );
  if (kinds) {
    for (const [name, filter] of questions) {
      const times: number[] = [], start = cpu();
      let found = 0;
      for (let n = 0; n < QUESTIONS; n++) {
        const asked = performance.now();
        found += await ask(repository, filter());
        times.push(performance.now() - asked);
      }
      times.sort((a, b) => a - b);
      const at = (share: number) => times[Math.floor(share * QUESTIONS)]!.toFixed(1).padStart(7);
      const each = ((cpu() - start) / QUESTIONS / 1000).toFixed(1).padStart(7);
      console.log(
        `${name.padEnd(48)} p50 ${at(0.5)} ms  p99 ${at(0.99)} ms  ${each} ms CPU  ${
          (found / QUESTIONS).toFixed(1)
        } found`,
      );
    }
  }
  await repository.close();
  console.log(`${(await place.size() / EVENTS).toFixed(0)} bytes an event on disk`);
}
