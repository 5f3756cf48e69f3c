import { GROUPS } from "../corpus/live.ts";
import { connectMany } from "./client.ts";
import { prepare } from "./corpus.ts";
import { publishAll } from "./ingest.ts";
import type { Job, PhaseResult } from "./job.ts";
import { Latencies, Meter } from "./meter.ts";
import { publishPaced } from "./pace.ts";
import { Publisher } from "./publisher.ts";
import { Deliveries, fruitless, groupFilters, subscribe } from "./subscribers.ts";

const CONNECTIONS = 200;

/** Subscriptions that want each event. */
const WANTED_BY = 20;

const PER_SECOND = 200;

/** 200 events a second to twenty subscribers each, then as many as the relay delivers. */
export async function live(job: Job): Promise<PhaseResult[]> {
  const clients = await connectMany(job.url, CONNECTIONS);
  await subscribe(clients, filters(job));
  const paced = prepare(job.corpus, job.from, PER_SECOND * job.seconds);
  const burst = prepare(job.corpus, job.from + paced.length, job.events);

  const calm = await deliverPaced(job, clients, paced, { perSecond: PER_SECOND, wantedBy: WANTED_BY });
  const deliveries = new Deliveries(clients, WANTED_BY * burst.length);
  const meter = new Meter(job);
  await publishAll(job, burst, { connections: 8, inFlight: 64 });
  await deliveries.complete();
  const { values, threads, seconds } = meter.end(deliveries.received, "delivery");
  for (const client of clients) client.close();
  return [
    { phase: `live, ${PER_SECOND} events/s`, ...calm },
    {
      phase: "live, at full speed",
      values: { "deliveries/s": deliveries.received / seconds, ...values },
      threads,
    },
  ];
}

/** What an event costs while so many subscriptions are open, of which twenty want it. */
export async function subscriptions(job: Job): Promise<PhaseResult[]> {
  const clients = await connectMany(job.url, CONNECTIONS);
  await subscribe(clients, filters(job));
  const events = prepare(job.corpus, job.from, job.events);
  const deliveries = new Deliveries(clients, WANTED_BY * events.length);
  const result = await publishAll(job, events, { connections: 8, inFlight: 64 });
  await deliveries.complete();
  for (const client of clients) client.close();
  return [{ ...result, phase: `live with ${job.subscriptions.toLocaleString("en")} subscriptions` }];
}

/** Twenty for each group; the others want nothing that is published. */
function filters({ corpus, subscriptions }: Job) {
  const groups = groupFilters(corpus);
  return Array.from({ length: subscriptions }, (_, n) => {
    const round = Math.floor(n / GROUPS);
    return round < WANTED_BY ? groups[n % GROUPS]![round % 3]! : fruitless(n);
  });
}

export async function deliverPaced(
  { url, pid }: Job,
  clients: Awaited<ReturnType<typeof connectMany>>,
  events: ReturnType<typeof prepare>,
  { perSecond, wantedBy }: { perSecond: number; wantedBy: number },
): Promise<Pick<PhaseResult, "values" | "threads">> {
  const publishers = (await connectMany(url, 4)).map((client) => new Publisher(client, () => {}));
  const sent = new Map<string, number>();
  const latencies = new Latencies();
  const deliveries = new Deliveries(clients, wantedBy * events.length, (id) => {
    const at = sent.get(id);
    if (at === undefined) throw new Error(`${id} was delivered and not published`);
    latencies.add(performance.now() - at);
  });
  const meter = new Meter({ pid });
  await publishPaced(publishers, events, perSecond, ({ id }) => sent.set(id, performance.now()));
  await deliveries.complete();
  const { values, threads } = meter.end(events.length, "event");
  for (const { client } of publishers) client.close();
  return { values: { ...latencies.values("delivery"), ...values }, threads };
}
