/** Compares runs of the benchmark: `deno run -A bench/compare.ts a.json b.json`. */
import { basename } from "node:path";
import type { BenchmarkRun } from "./report/benchmark_run.ts";
import { aligned, type Column, comparison } from "./report/table.ts";

const columns = Deno.args.flatMap((path): Column[] => {
  const { runs } = JSON.parse(Deno.readTextFileSync(path)) as BenchmarkRun;
  return runs.map(({ relay, results }) => ({ title: `${basename(path, ".json")} ${relay}`, results }));
});
if (columns.length === 0) console.error("usage: deno run -A bench/compare.ts a.json b.json");
else console.log(aligned(comparison(columns)));
