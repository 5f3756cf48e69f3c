/**
 * How cost grows from 100,000 to 1,000,000 stored events, in SQLite: `deno run -A bench/growth.ts`, with `deno` or
 * `bun` if need be. Some ten minutes, five of which go to filling the stores, once a day.
 *
 * A relay with few events and one with many get the same work in turns, so that both meet the same moods of the machine.
 */
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { VerifiedEvent } from "../src/protocol/event.ts";
import { SqliteRepository } from "../src/storage/sqlite/sqlite_repository.ts";
import { corpusFile } from "./corpus/files.ts";
import type { PhaseResult } from "./load/job.ts";
import { lines } from "./load/corpus.ts";
import { rssOf } from "./load/process.ts";
import { aligned, figure } from "./report/table.ts";
import { generate } from "./runner/generator.ts";
import { installed, type RuntimeName } from "./runner/options.ts";
import { type RunningRelay, startOn } from "./runner/relay.ts";
import { saveAll } from "./save_and_ask.ts";

/** Events stored before the first turn. */
const STORED = [100_000, 1_000_000];

/** Turns, of which the first warms up; and of each the events, and the seconds of ten shapes of REQ. */
const TURNS = 6, EVENTS = 8_000, SECONDS = 5;

/** A folder with the first so many events of the corpus; to be copied. */
async function filled(corpus: string, events: number): Promise<string> {
  const folder = corpus.replace(/\.jsonl$/, `-${events}.stored`);
  if (existsSync(folder)) return folder;
  console.error(`storing ${events.toLocaleString("en")} events`);
  rmSync(`${folder}.unfinished`, { recursive: true, force: true });
  const repository = await SqliteRepository.open(`${folder}.unfinished`);
  await saveAll(
    repository,
    lines(corpus, 0, events).map((line) => {
      const json = line.toString();
      return { event: JSON.parse(json), json } as VerifiedEvent; // the corpus is signed
    }),
  );
  await repository.close();
  renameSync(`${folder}.unfinished`, folder);
  return folder;
}

const TOLD = ["CPU µs/event", "first REQ ms", "CPU µs/REQ", "events/REQ"];

/** Seconds without work after which the memory is looked at once more. */
const REST = 10;

/** What one relay was measured to do, turn by turn. */
interface Grown extends Pick<RunningRelay, "url" | "pid"> {
  readonly stored: number;
  readonly turns: PhaseResult[][];
  /** Its memory in MB, at moments of which each has a name. */
  readonly memory: Record<string, number>;
}

function look({ memory, pid }: Grown, moment: string): void {
  memory[moment] = rssOf(pid)!;
}

async function turn({ stored, turns, url, pid }: Grown, corpus: string): Promise<void> {
  const from = stored + turns.length * EVENTS;
  const results = await generate(installed("bun") ? "bun" : "deno", {
    ...{ phase: "growth", url, pid, corpus, from, events: EVENTS, seconds: SECONDS },
    ...{ fresh: false, connections: 0, subscriptions: 0 },
  });
  turns.push(results.map((result) => ({ ...result, phase: result.phase.replace(/ at .*/, "") })));
}

async function measure(runtime: RuntimeName, corpus: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "longneck-growth-"));
  await using relays = new AsyncDisposableStack();
  relays.defer(() => rmSync(work, { recursive: true }));
  const grown: Grown[] = [];
  for (const stored of STORED) {
    const data = join(work, `${stored}`);
    cpSync(await filled(corpus, stored), data, { recursive: true });
    const { url, pid } = relays.use(await startOn(runtime, data));
    grown.push({ url, pid, stored, turns: [], memory: {} });
  }
  for (const relay of grown) look(relay, "when opened");
  for (let n = 0; n < TURNS; n++) {
    for (const relay of grown) {
      await turn(relay, corpus);
      look(relay, "after its last turn");
    }
  }
  await sleep(1000 * REST);
  for (const relay of grown) look(relay, `${REST} s later`);
  console.log(`\n${runtime}\n${aligned(table(grown))}`);
}

/** A row for each figure: at each number of stored events, and the last over the first. */
function table(grown: readonly Grown[]): string[][] {
  const rows = [["", ...STORED.map((stored) => stored.toLocaleString("en")), "ratio"]];
  const addRow = (name: string, each: number[]) =>
    rows.push([name, ...each.map(figure), figure(each.at(-1)! / each[0]!)]);
  const valuesOf = ({ turns }: Grown, phase: string) =>
    turns.slice(1).map((results) => results.find((it) => it.phase === phase)!.values);
  const [{ turns: [results] }] = grown as [Grown];
  for (const { phase, values } of results!) {
    for (const name of TOLD) {
      if (name in values) {
        addRow(`${phase}: ${name}`, grown.map((each) => mean(valuesOf(each, phase), name)));
      }
    }
  }
  for (const moment of Object.keys(grown[0]!.memory)) {
    addRow(`RSS MB ${moment}`, grown.map(({ memory }) => memory[moment]!));
  }
  return rows;
}

/** Weighed by how much was asked in a turn. */
function mean(turns: readonly PhaseResult["values"][], name: string): number {
  const weights = turns.map((values) => values["REQ/s"] ?? 1);
  const sum = turns.reduce((sum, values, at) => sum + values[name]! * weights[at]!, 0);
  return sum / weights.reduce((a, b) => a + b);
}

const corpus = corpusFile("realistic", STORED.at(-1)! + 110_000);
const [given] = process.argv.slice(2) as RuntimeName[];
for (const runtime of given ? [given] : ["deno", "bun"] as const) await measure(runtime, corpus);
