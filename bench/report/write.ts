import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { BenchmarkRun } from "./benchmark_run.ts";
import { growthPlots } from "./growth.ts";
import { markdown } from "./markdown.ts";
import { svg } from "./plot.ts";

const DOCS = fileURLToPath(new URL("../../docs/", import.meta.url));

export function writeJson(path: string, run: BenchmarkRun): void {
  Deno.mkdirSync(dirname(path), { recursive: true });
  Deno.writeTextFileSync(path, JSON.stringify(run, undefined, 2) + "\n");
}

/** Writes docs/benchmarks.md and the plots beside it. */
export function writeDocs(run: BenchmarkRun): void {
  Deno.mkdirSync(`${DOCS}benchmarks`, { recursive: true });
  const plots = [...growthPlots(run.runs)].map(([name, plot]): [title: string, path: string] => {
    Deno.writeTextFileSync(`${DOCS}benchmarks/${name}.svg`, svg(plot));
    return [plot.title, `benchmarks/${name}.svg`];
  });
  Deno.writeTextFileSync(`${DOCS}benchmarks.md`, markdown(run, plots));
  new Deno.Command("deno", { args: ["fmt", "--quiet", `${DOCS}benchmarks.md`] }).outputSync();
}
