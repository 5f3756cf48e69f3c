import type { NostrEvent } from "../../src/protocol/event.ts";
import { Random } from "../corpus/random.ts";
import { request } from "./ask.ts";
import { type Client, connectMany } from "./client.ts";
import { frame } from "./frame.ts";
import type { Job, PhaseResult } from "./job.ts";
import { Latencies, Meter } from "./meter.ts";
import { answer, storedOf, type WireFilter } from "./model.ts";
import { mix, SHAPES } from "./shapes.ts";

const CONNECTIONS = 16;

/** Distinct questions, asked over and over. */
const QUESTIONS = 2_000;

/** Answers of each shape that are compared with the model's, event by event. */
const CHECKED = 5;

/** What clients ask, all at once. */
export async function query(job: Job): Promise<PhaseResult[]> {
  const random = new Random(16);
  const stored = storedOf(job.corpus, job.from);
  if (job.fresh) await check(job.url, stored, random);
  const questions = Array.from({ length: QUESTIONS }, () => mix(stored, random));
  return [{ ...await askAll(job, questions, CONNECTIONS), phase: job.phase }];
}

/** Compares answers with the model's: a fast wrong answer is worthless. */
export async function check(url: string, stored: readonly NostrEvent[], random: Random): Promise<void> {
  for (const [name, { make }] of Object.entries(SHAPES)) {
    for (let n = 0; n < CHECKED; n++) {
      const filter = make(stored, random);
      const expected = answer(stored, filter).map(({ id }) => id);
      const given = (await request(url, filter)).map((json) => (JSON.parse(json) as NostrEvent).id);
      if (given.join() === expected.join()) continue;
      throw new Error(
        `${name}: ${given.length} events, not the ${expected.length} expected: ${JSON.stringify(filter)}`,
      );
    }
  }
}

/** Asks for the time given, each connection one question after the other. */
export async function askAll(
  { url, seconds, ...processes }: Pick<Job, "url" | "pid" | "serverPid" | "seconds">,
  questions: readonly WireFilter[],
  connections: number,
): Promise<Pick<PhaseResult, "values" | "threads">> {
  const frames = questions.map(questionFrames);
  const clients = await connectMany(url, connections);
  const latencies = new Latencies();
  const until = performance.now() + 1000 * seconds;
  const meter = new Meter(processes);
  const readers = clients.map((client, at) => new Reader(client, frames, at, latencies));
  await Promise.all(readers.map((reader) => reader.run(() => performance.now() < until)));
  const asked = readers.reduce((sum, reader) => sum + reader.asked, 0);
  const events = readers.reduce((sum, reader) => sum + reader.events, 0);
  const { values, threads, seconds: took } = meter.end(asked, "REQ");
  for (const client of clients) client.close();
  return {
    values: {
      "REQ/s": asked / took,
      "events/s": events / took,
      "events/REQ": events / asked,
      ...latencies.values("REQ"),
      ...values,
    },
    threads,
  };
}

/** The CLOSE of the question before goes with each. */
const questionFrames = (filter: WireFilter): Uint8Array =>
  new Uint8Array([
    ...frame(new TextEncoder().encode('["CLOSE","q"]')),
    ...frame(new TextEncoder().encode(JSON.stringify(["REQ", "q", filter]))),
  ]);

/** Asks one question after the other on one connection. */
export class Reader {
  asked = 0;
  events = 0;

  constructor(
    readonly client: Client,
    readonly frames: readonly Uint8Array[],
    readonly first: number,
    readonly latencies: Latencies,
  ) {}

  /** Resolves with the answer after which `more` is false. */
  run(more: () => boolean): Promise<void> {
    const { client, frames } = this;
    return new Promise((resolve) => {
      let at = Math.floor(this.first * frames.length / 16), sent = 0;
      const ask = () => {
        sent = performance.now();
        client.write(frames[at++ % frames.length]!);
      };
      client.onMessage = (bytes, start, end) => {
        if (bytes[start + 3] === 86 /* "EV */) return void this.events++;
        if (bytes[start + 3] === 79 /* "EO */) {
          this.latencies.add(performance.now() - sent);
          this.asked++;
          if (more()) ask();
          else resolve();
        } else if (bytes[start + 2] !== 65 /* "A */) throw new Error(bytes.toString("utf8", start, end));
      };
      ask();
    });
  }
}
