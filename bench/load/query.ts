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

/** Questions for each second in which none is asked twice: more than are answered. */
const NEW_A_SECOND = 4_000;

/** Answers of each shape that are compared with the model's, event by event. */
const CHECKED = 5;

/** What clients ask, all at once: first so that a relay may remember what it has answered, then so that it can't. */
export async function query(job: Job): Promise<PhaseResult[]> {
  const random = new Random(16);
  const stored = storedOf(job.corpus, job.from);
  if (job.fresh) await check(job.url, stored, random);
  const questions = (howMany: number) => Array.from({ length: howMany }, () => mix(stored, random));
  const repeated = await askAll(job, questions(QUESTIONS), CONNECTIONS);
  const seconds = job.seconds / 2;
  const once = await askAll({ ...job, seconds }, questions(NEW_A_SECOND * seconds), CONNECTIONS, {
    once: true,
  });
  return [{ ...repeated, phase: job.phase }, { ...once, phase: `${job.phase}, nothing twice` }];
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

/**
 * Asks for the time given, each connection one question after the other.
 * @param once Ends earlier rather than ask a question twice.
 */
export async function askAll(
  { url, seconds, ...processes }: Pick<Job, "url" | "pid" | "serverPid" | "seconds">,
  questions: readonly WireFilter[],
  connections: number,
  { once = false } = {},
): Promise<Pick<PhaseResult, "values" | "threads">> {
  const frames = questions.map(questionFrames);
  const clients = await connectMany(url, connections);
  const latencies = new Latencies();
  const until = performance.now() + 1000 * seconds;
  const meter = new Meter(processes);
  const all = frames.values();
  const readers = clients.map((client, at) => {
    const first = Math.floor(at * frames.length / connections);
    return new Reader(client, once ? all : overAndOver(frames, first), latencies);
  });
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

function* overAndOver<T>(items: readonly T[], first: number): Generator<T, never, void> {
  for (let at = first;; at++) yield items[at % items.length]!;
}

/** Asks one question after the other on one connection. */
export class Reader {
  asked = 0;
  events = 0;

  constructor(
    readonly client: Client,
    readonly frames: Iterator<Uint8Array, unknown, void>,
    readonly latencies: Latencies,
  ) {}

  /** Resolves with the answer after which `more` is false, or that to the last question. */
  run(more: () => boolean): Promise<void> {
    const { client, frames } = this;
    return new Promise((resolve) => {
      let sent = 0;
      const ask = () => {
        const { value, done } = frames.next();
        if (done || !more()) return resolve();
        sent = performance.now();
        client.write(value as Uint8Array);
      };
      client.onMessage = (bytes, start, end) => {
        if (bytes[start + 3] === 86 /* "EV */) return void this.events++;
        if (bytes[start + 3] === 79 /* "EO */) {
          this.latencies.add(performance.now() - sent);
          this.asked++;
          ask();
        } else if (bytes[start + 2] !== 65 /* "A */) throw new Error(bytes.toString("utf8", start, end));
      };
      ask();
    });
  }
}
