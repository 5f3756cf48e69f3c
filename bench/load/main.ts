/** The load generator's process: runs one phase and prints what it measured. Runs on Bun, the cheaper, or Deno. */
import process from "node:process";
import { connections } from "./connections.ts";
import { growth } from "./growth.ts";
import { ingest, single } from "./ingest.ts";
import type { Job, PhaseResult, Report } from "./job.ts";
import { live, subscriptions } from "./live.ts";
import { mixed } from "./mixed.ts";
import { query } from "./query.ts";

const PHASES: Record<string, (job: Job) => Promise<PhaseResult[]>> = {
  ingest,
  single,
  query,
  live,
  subscriptions,
  mixed,
  connections,
  growth,
};

/** Exits with the report as the last line on standard output. */
function report(report: Report): void {
  process.stdout.write(JSON.stringify(report) + "\n", () => process.exit(0));
}

const job = JSON.parse(process.argv[2]!) as Job;
process.on("uncaughtException", (error: Error) => report({ failure: error.message }));
process.on("unhandledRejection", (error: Error) => report({ failure: error.message }));
const run = PHASES[job.phase.split(" ")[0]!];
if (!run) throw new Error(`there is no phase "${job.phase}"`);
report({ results: await run(job) });
