import { connectMany } from "./client.ts";
import { count } from "./ask.ts";
import { prepare, type Prepared } from "./corpus.ts";
import type { Job, PhaseResult } from "./job.ts";
import { Latencies, Meter } from "./meter.ts";
import { storedOf } from "./model.ts";
import { Publisher } from "./publisher.ts";

const CONNECTIONS = 8;
const IN_FLIGHT = 64;

/** Publishes as fast as the relay takes it; every event must be accepted and be there afterwards. */
export async function ingest(job: Job): Promise<PhaseResult[]> {
  const events = prepare(job.corpus, job.from, job.events);
  const result = await publishAll(job, events, { connections: CONNECTIONS, inFlight: IN_FLIGHT });
  await checkCount(job);
  return [{ ...result, phase: job.phase }];
}

/** One event at a time on one connection. */
export async function single(job: Job): Promise<PhaseResult[]> {
  const events = prepare(job.corpus, job.from, job.events);
  const result = await publishAll(job, events, { connections: 1, inFlight: 1 });
  await checkCount(job);
  return [{ ...result, phase: job.phase }];
}

export interface Shape {
  readonly connections: number;
  /** Events of one connection that have no OK yet. */
  readonly inFlight: number;
}

export async function publishAll(
  { url, ...processes }: Pick<Job, "url" | "pid" | "serverPid">,
  events: readonly Prepared[],
  { connections, inFlight }: Shape,
): Promise<Pick<PhaseResult, "values" | "threads">> {
  const clients = await connectMany(url, connections);
  const shares = byAuthor(events, connections);
  const latencies = new Latencies();
  const meter = new Meter(processes);
  await Promise.all(clients.map((client, at) => publish(client, shares[at]!, inFlight, latencies)));
  const { values, threads, seconds } = meter.end(events.length, "event");
  for (const client of clients) client.close();
  return { values: { "events/s": events.length / seconds, ...latencies.values("OK"), ...values }, threads };
}

function publish(
  client: Awaited<ReturnType<typeof connectMany>>[number],
  events: readonly Prepared[],
  inFlight: number,
  latencies: Latencies,
): Promise<void> {
  return new Promise((resolve) => {
    const publisher = new Publisher(client, (milliseconds) => latencies.add(milliseconds));
    let next = 0;
    client.onPacketEnd = () => {
      if (publisher.answered === events.length) return resolve();
      const room = Math.min(inFlight - publisher.unanswered, events.length - next);
      if (room > 0) publisher.publish(events.slice(next, next += room));
    };
    client.onPacketEnd();
  });
}

/**
 * About as many for each connection, so that all of them are busy to the end. One author's events stay on one, so that
 * versions of a replaceable one arrive in their order.
 */
function byAuthor(events: readonly Prepared[], shares: number): Prepared[][] {
  const counts = new Map<string, number>();
  for (const { pubkey } of events) counts.set(pubkey, (counts.get(pubkey) ?? 0) + 1);
  const loads = new Array<number>(shares).fill(0), shareOf = new Map<string, number>();
  for (const [pubkey, count] of [...counts].sort(([, a], [, b]) => b - a)) {
    const idlest = loads.indexOf(Math.min(...loads));
    loads[idlest]! += count;
    shareOf.set(pubkey, idlest);
  }
  const split = Array.from({ length: shares }, (): Prepared[] => []);
  for (const event of events) split[shareOf.get(event.pubkey)!]!.push(event);
  return split;
}

async function checkCount({ fresh, url, corpus, from, events }: Job): Promise<void> {
  if (!fresh) return;
  const expected = storedOf(corpus, from + events).length, counted = await count(url, {});
  if (counted !== expected) throw new Error(`${expected} events must be stored; the relay counts ${counted}`);
}
