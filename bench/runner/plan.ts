import { corpusFile, type CorpusName } from "../corpus/files.ts";
import type { Job } from "../load/job.ts";
import type { EngineName, Options, PhaseName, ServerName } from "./options.ts";

/** Phases that share one relay, one after the other, which starts empty. */
export interface Stage {
  readonly phases: readonly Step[];
}

/** One run of the load generator. */
export interface Step {
  readonly name: string;
  readonly job: Omit<Job, "url" | "pid">;
}

/** Events of `single`. */
const SINGLE = 2_000;

/** Events a second of `mixed`, whose phase publishes them by itself. */
const MIXED_RATE = 200;

/** Events of the live corpus that one phase may use. */
const LIVE_MOST = 15_000;

/** Stored events at which `growth` measures. */
const POINTS = [10_000, 30_000, 100_000, 300_000, 1_000_000];

/** Live subscriptions with which it measures, and the events that it takes. */
const SUBSCRIPTIONS = [1_000, 10_000, 100_000];
const GROWTH_EVENTS = 4_000;

/** What is measured on PostgreSQL: where the relay waits for its store. */
const ON_POSTGRES: readonly PhaseName[] = ["ingest", "query", "single"];

/** Which phases run in which order, with which part of which corpus. */
export function plan(options: Options, engine: EngineName, server: ServerName): Stage[] {
  const { events, seconds, fresh, connections } = options;
  const files = corpora(options);
  // `ws` has other sockets and the same store, which is measured on Deno's own server.
  const isKnown = (phase: PhaseName) =>
    server === "ws" && (phase === "growth" || (engine === "postgres" && options.servers.length > 1));
  const wants = (phase: PhaseName) =>
    options.phases.includes(phase) && (engine === "sqlite" || ON_POSTGRES.includes(phase)) && !isKnown(phase);

  const step = (phase: string, corpus: CorpusName, given: Partial<Job> = {}): Step => ({
    name: phase,
    job: {
      phase,
      corpus: files[corpus],
      from: 0,
      events,
      seconds,
      fresh,
      connections,
      subscriptions: 1_000,
      ...given,
    },
  });

  const stages: Stage[] = [];
  const add = (...phases: Step[]) => phases.length > 0 && stages.push({ phases });

  if (wants("ingest") && engine === "sqlite") add(step("ingest small", "small"));
  let had = 0;
  const next = (phase: string, count: number) =>
    step(phase, "realistic", { from: (had += count) - count, events: count });
  const needed = (["ingest", "query", "single", "mixed"] as const).some(wants);
  add(
    ...needed ? [next("ingest realistic", events)] : [],
    ...wants("query") ? [next("query", 0)] : [],
    ...wants("single") ? [next("single", Math.min(SINGLE, events))] : [],
    ...wants("mixed") ? [next("mixed", MIXED_RATE * seconds)] : [],
  );
  let offered = 0;
  const offer = (phase: string, count: number, given: Partial<Job> = {}) =>
    step(phase, "live", { ...given, from: (offered += LIVE_MOST) - LIVE_MOST, events: count });
  if (wants("live")) add(offer("live", events / 3));
  if (wants("connections")) add(offer("connections", 0));
  if (wants("growth")) {
    const points = POINTS.filter((point) => point <= options.growthTo);
    add(
      ...points.map((point, at) =>
        step("growth", "realistic", { from: points[at - 1] ?? 0, events: point - (points[at - 1] ?? 0) })
      ),
    );
    const subscriptions = SUBSCRIPTIONS.filter((count) => count <= options.growthTo);
    add(...subscriptions.map((count) => offer("subscriptions", GROWTH_EVENTS, { subscriptions: count })));
  }
  return stages;
}

function corpora({ events, growthTo }: Options): Record<CorpusName, string> {
  return {
    small: corpusFile("small", Math.max(events, 30_000)),
    realistic: corpusFile("realistic", Math.max(events + 10_000, growthTo + 10_000)),
    live: corpusFile("live", 80_000),
  };
}
