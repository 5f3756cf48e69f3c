import { corpusFile, type CorpusName } from "../corpus/files.ts";
import type { Job } from "../load/job.ts";
import type { Options } from "./options.ts";

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

/** Which phases run in which order, with which part of which corpus. */
export async function plan(options: Options): Promise<Stage[]> {
  const { events, seconds, fresh, connections } = options;
  const single = Math.min(SINGLE, events);
  const files = await corpora(options);
  const wants = (phase: Options["phases"][number]) => options.phases.includes(phase);

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
  if (wants("ingest")) stages.push({ phases: [step("ingest small", "small")] });
  const main: Step[] = [];
  if (wants("ingest") || wants("query")) main.push(step("ingest realistic", "realistic"));
  if (wants("query")) main.push(step("query", "realistic", { from: events }));
  if (wants("single")) {
    main.push(step("single", "realistic", { from: main.length > 0 ? events : 0, events: single }));
  }
  if (main.length > 0) stages.push({ phases: main });
  return stages;
}

async function corpora({ events, growthTo }: Options): Promise<Record<CorpusName, string>> {
  return {
    small: await corpusFile("small", Math.max(events, 30_000)),
    realistic: await corpusFile("realistic", Math.max(events + 10_000, growthTo + 10_000)),
    live: await corpusFile("live", 60_000),
  };
}
