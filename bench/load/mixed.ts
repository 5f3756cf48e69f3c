import { Random } from "../corpus/random.ts";
import { connectMany } from "./client.ts";
import { prepare } from "./corpus.ts";
import type { Job, PhaseResult } from "./job.ts";
import { Latencies } from "./meter.ts";
import { storedOf } from "./model.ts";
import { publishPaced } from "./pace.ts";
import { Publisher } from "./publisher.ts";
import { askAll } from "./query.ts";
import { mix } from "./shapes.ts";

const PER_SECOND = 200;
const READERS = 12;

/** Writes at a steady pace while readers ask as fast as they are answered. */
export async function mixed(job: Job): Promise<PhaseResult[]> {
  const random = new Random(12);
  const stored = storedOf(job.corpus, job.from);
  const questions = Array.from({ length: 1_000 }, () => mix(stored, random));
  const events = prepare(job.corpus, job.from, PER_SECOND * job.seconds);
  const latencies = new Latencies();
  const publishers = (await connectMany(job.url, 4)).map((client) =>
    new Publisher(client, (ms) => latencies.add(ms))
  );
  const [{ values, threads }] = await Promise.all([
    askAll(job, questions, READERS),
    publishPaced(publishers, events, PER_SECOND),
  ]);
  for (const { client } of publishers) client.close();
  return [{ phase: job.phase, values: { ...latencies.values("OK"), ...values }, threads }];
}
