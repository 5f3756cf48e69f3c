import type { PhaseResult } from "../load/job.ts";
import type { Machine } from "../runner/machine.ts";
import type { Run } from "../runner/run.ts";

/** What a run of the benchmark writes as JSON. */
export interface BenchmarkRun {
  readonly machine: Machine;
  readonly command: string;
  /** What the load generator reaches against a server that only answers. */
  readonly ceiling: PhaseResult;
  readonly runs: readonly Run[];
}
