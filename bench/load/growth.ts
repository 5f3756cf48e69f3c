import type { NostrEvent } from "../../src/protocol/event.ts";
import { Random } from "../corpus/random.ts";
import { lines, prepare } from "./corpus.ts";
import { publishAll } from "./ingest.ts";
import type { Job, PhaseResult } from "./job.ts";
import { storedOf } from "./model.ts";
import { askAll, check } from "./query.ts";
import { SHAPES } from "./shapes.ts";

/** The last events of a stretch, whose cost is taken. */
const MEASURED = 5_000;

/** Events that are prepared at once. */
const CHUNK = 50_000;

/** Above so many stored events answers are not checked, and questions are made from the newest only. */
const MODEL_MOST = 150_000;

/** Fills the relay, then takes the cost of the last events and of each shape of REQ. */
export async function growth(job: Job): Promise<PhaseResult[]> {
  const total = job.from + job.events;
  const at = `at ${total.toLocaleString("en")} events`;
  const eight = { connections: 8, inFlight: 64 };
  for (let from = job.from; from < total - MEASURED; from += CHUNK) {
    await publishAll(job, prepare(job.corpus, from, Math.min(CHUNK, total - MEASURED - from)), eight);
  }
  const ingested = await publishAll(job, prepare(job.corpus, total - MEASURED, MEASURED), eight);
  return [{ ...ingested, phase: `ingest ${at}` }, ...await shapes({ ...job, from: total }, at)];
}

/** What each shape of REQ costs. */
async function shapes(job: Job, at: string): Promise<PhaseResult[]> {
  const random = new Random(8);
  const all = job.from <= MODEL_MOST;
  const stored = all ? storedOf(job.corpus, job.from) : newest(job.corpus, job.from);
  if (all && job.fresh) await check(job.url, stored, random);
  const results: PhaseResult[] = [];
  for (const [name, { make }] of Object.entries(SHAPES)) {
    const questions = Array.from({ length: 500 }, () => make(stored, random));
    const seconds = job.seconds / 10;
    results.push({ ...await askAll({ ...job, seconds }, questions, 4), phase: `REQ ${name} ${at}` });
  }
  return results;
}

function newest(corpus: string, to: number): NostrEvent[] {
  return Array.from(lines(corpus, to - 50_000, to), (line) => JSON.parse(line.toString()) as NostrEvent)
    .reverse();
}
