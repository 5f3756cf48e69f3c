import { GROUPS } from "../corpus/live.ts";
import { connectMany } from "./client.ts";
import { prepare } from "./corpus.ts";
import type { Job, PhaseResult } from "./job.ts";
import { deliverPaced } from "./live.ts";
import { rssOf } from "./process.ts";
import { fruitless, groupFilters, subscribe } from "./subscribers.ts";

const PER_SECOND = 50;

/** Many idle connections with a subscription each; every event goes to one in a hundred of them. */
export async function connections(job: Job): Promise<PhaseResult[]> {
  const before = rssOf(job.pid);
  const clients = await connectMany(job.url, job.connections);
  const wantedBy = Math.floor(job.connections / 100);
  const groups = groupFilters(job.corpus);
  await subscribe(
    clients,
    clients.map((_, n) => n < GROUPS * wantedBy ? groups[n % GROUPS]![n % 3]! : fruitless(n)),
  );
  const open = rssOf(job.pid);
  const events = prepare(job.corpus, job.from, PER_SECOND * job.seconds);
  const { values, threads } = await deliverPaced(job, clients, events, { perSecond: PER_SECOND, wantedBy });
  for (const client of clients) client.close();
  const above: Record<string, number> = before && open ? { "RSS above idle MB": open - before } : {};
  return [{
    phase: `${job.connections.toLocaleString("en")} connections`,
    values: { ...values, ...above },
    threads,
  }];
}
