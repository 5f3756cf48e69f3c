/** Writes docs/benchmarks.md from the JSON of a run: `deno run -A bench/document.ts a.json`. */
import type { BenchmarkRun } from "./report/benchmark_run.ts";
import { writeDocs } from "./report/write.ts";

writeDocs(JSON.parse(Deno.readTextFileSync(Deno.args[0]!)) as BenchmarkRun);
