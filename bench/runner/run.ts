import type { PhaseResult } from "../load/job.ts";
import { generate } from "./generator.ts";
import type { Options, RuntimeName } from "./options.ts";
import type { Stage, Step } from "./plan.ts";
import { type RunningRelay, startRelay } from "./relay.ts";
import type { Yardstick } from "./yardstick.ts";

/** All phases on one relay. */
export interface Run {
  /** The runtime of ours, or the URL of another's. */
  readonly relay: string;
  readonly results: readonly PhaseResult[];
  readonly failures: readonly string[];
}

type Target = Pick<RunningRelay, "url"> & Partial<Pick<RunningRelay, "pid" | "data">>;

/** Runs every stage; a phase that fails is told, and ends its stage. */
export async function run(
  runtime: RuntimeName,
  stages: readonly Stage[],
  options: Options,
  yardstick: Yardstick,
): Promise<Run> {
  const results: PhaseResult[] = [];
  const failures: string[] = [];
  for (const [at, { phases }] of stages.entries()) {
    await using relay = options.url ? undefined : await startRelay(runtime, options.profile);
    const target: Target = relay ?? { url: options.url!, ...options.pid ? { pid: options.pid } : {} };
    for (const step of phases) {
      console.error(`${options.url ?? runtime}: ${step.name}`);
      try {
        const fresh = step.job.fresh && (relay !== undefined || at === 0);
        results.push(...await runStep({ ...step.job, fresh }, target, options, yardstick));
      } catch (error) {
        failures.push(`${step.name}: ${(error as Error).message}`);
        console.error(`  FAILED ${failures.at(-1)}`);
        break;
      }
    }
  }
  return { relay: options.url ?? runtime, results, failures };
}

async function runStep(
  job: Step["job"],
  { url, pid, data }: Target,
  options: Options,
  yardstick: Yardstick,
): Promise<PhaseResult[]> {
  const before = yardstick();
  const results = await generate(options.generator, { ...job, url, ...pid ? { pid } : {} });
  const after = yardstick();
  if (before === undefined || after === undefined) return [...results];
  const verification = (before + after) / 2;
  return results.map((result) => {
    const cpu = result.phase.startsWith("ingest") ? result.values["CPU µs/event"] : undefined;
    const extra: Record<string, number> = { "native verification µs": verification };
    if (cpu) extra["CPU in verifications"] = cpu / verification;
    if (data && job.phase.startsWith("ingest")) {
      extra["disk bytes/event"] = sizeOf(data) / (job.from + job.events);
    }
    return { ...result, values: { ...result.values, ...extra } };
  });
}

function sizeOf(folder: string): number {
  return Array.from(Deno.readDirSync(folder), ({ name }) => Deno.statSync(`${folder}/${name}`).size)
    .reduce((sum, size) => sum + size, 0);
}
