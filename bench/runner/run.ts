import type { PhaseResult } from "../load/job.ts";
import { generate } from "./generator.ts";
import type { EngineName, Options, ServerName } from "./options.ts";
import type { Stage, Step } from "./plan.ts";
import { type RunningRelay, startRelay } from "./relay.ts";
import type { Yardstick } from "./yardstick.ts";

/** All phases on one relay. */
export interface Run {
  /** What serves ours, with the engine unless it is SQLite; or the URL of another's. */
  readonly relay: string;
  readonly results: readonly PhaseResult[];
  readonly failures: readonly string[];
}

type Target = Pick<RunningRelay, "url"> & Partial<Pick<RunningRelay, "pid" | "serverPid" | "size">>;

/** Runs every stage; a phase that fails is told, and ends its stage. */
export async function run(
  server: ServerName,
  engine: EngineName,
  stages: readonly Stage[],
  options: Options,
  yardstick: Yardstick,
): Promise<Run> {
  const served = server === "ws" ? "deno, ws" : server;
  const name = options.url ?? (engine === "sqlite" ? served : `${served}, PostgreSQL`);
  const results: PhaseResult[] = [];
  const failures: string[] = [];
  for (const [at, { phases }] of stages.entries()) {
    await using relay = options.url ? undefined : await startRelay(server, engine, options.profile);
    const target: Target = relay ?? { url: options.url!, ...options.pid ? { pid: options.pid } : {} };
    for (const step of phases) {
      console.error(`${name}: ${step.name}`);
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
  return { relay: name, results, failures };
}

async function runStep(
  job: Step["job"],
  { url, pid, serverPid, size }: Target,
  options: Options,
  yardstick: Yardstick,
): Promise<PhaseResult[]> {
  const before = yardstick();
  const results = await generate(options.generator, {
    ...job,
    url,
    ...pid ? { pid } : {},
    ...serverPid ? { serverPid } : {},
  });
  const after = yardstick();
  if (before === undefined || after === undefined) return [...results];
  const verification = (before + after) / 2;
  const bytes = job.phase.startsWith("ingest") ? await size?.() : undefined;
  return results.map((result) => {
    const cpu = result.phase.startsWith("ingest") ? result.values["CPU µs/event"] : undefined;
    const extra: Record<string, number> = { "native verification µs": verification };
    if (cpu) extra["CPU in verifications"] = cpu / verification;
    if (bytes) extra["disk bytes/event"] = bytes / (job.from + job.events);
    return { ...result, values: { ...result.values, ...extra } };
  });
}
