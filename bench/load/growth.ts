import type { NostrEvent } from "../../src/protocol/event.ts";
import { Random } from "../corpus/random.ts";
import { request } from "./ask.ts";
import { lines, prepare } from "./corpus.ts";
import { publishAll } from "./ingest.ts";
import type { Job, PhaseResult } from "./job.ts";
import { storedOf } from "./model.ts";
import { askAll, check } from "./query.ts";
import { SHAPES } from "./shapes.ts";

/** The last events of a stretch, whose cost is taken: as many as average out that SQLite's indexes follow in rounds. */
const MEASURED = 20_000;

/** Events that are prepared at once. */
const CHUNK = 50_000;

/** Above so many stored events answers are not checked. */
const MODEL_MOST = 150_000;

/** The newest events that came, from which questions are made, however many are stored. */
const NEWEST = 50_000;

/** Questions of a shape for each second: more than are answered, as none is asked twice. */
const NEW_A_SECOND = 5_000;

/** Fills the relay, then takes the cost of the last events and of each shape of REQ. */
export async function growth(job: Job): Promise<PhaseResult[]> {
  const total = job.from + job.events, measured = Math.min(MEASURED, job.events);
  const at = `at ${total.toLocaleString("en")} events`;
  const eight = { connections: 8, inFlight: 64 };
  for (let from = job.from; from < total - measured; from += CHUNK) {
    await publishAll(job, prepare(job.corpus, from, Math.min(CHUNK, total - measured - from)), eight);
  }
  const ingested = await publishAll(job, prepare(job.corpus, total - measured, measured), eight);
  const values = { ...ingested.values, "first REQ ms": await firstAnswer(job.url) };
  return [{ ...ingested, values, phase: `ingest ${at}` }, ...await shapes({ ...job, from: total }, at)];
}

/** Milliseconds to the first answer after a burst that nobody has asked in. */
async function firstAnswer(url: string): Promise<number> {
  const asked = performance.now();
  await request(url, { kinds: [1], limit: 1 });
  return performance.now() - asked;
}

/** What each shape of REQ costs. */
async function shapes(job: Job, at: string): Promise<PhaseResult[]> {
  const random = new Random(8);
  if (job.fresh && job.from <= MODEL_MOST) await check(job.url, storedOf(job.corpus, job.from), random);
  const asked = newest(job.corpus, job.from), seconds = job.seconds / 10;
  const results: PhaseResult[] = [];
  for (const [name, { make }] of Object.entries(SHAPES)) {
    const questions = Array.from({ length: Math.ceil(NEW_A_SECOND * seconds) }, () => make(asked, random));
    const answered = await askAll({ ...job, seconds }, questions, 4, { once: true });
    results.push({ ...answered, phase: `REQ ${name} ${at}` });
  }
  return results;
}

function newest(corpus: string, to: number): NostrEvent[] {
  const from = Math.max(0, to - NEWEST);
  return Array.from(lines(corpus, from, to), (line) => JSON.parse(line.toString()) as NostrEvent).reverse();
}
