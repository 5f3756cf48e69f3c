/** `deno task bench`: measures the relay on Deno and on Bun. `--help` tells the flags. */
import { fileURLToPath } from "node:url";
import { corpusFile } from "./corpus/files.ts";
import type { BenchmarkRun } from "./report/benchmark_run.ts";
import { aligned, comparison, figure } from "./report/table.ts";
import { writeDocs, writeJson } from "./report/write.ts";
import { ceiling } from "./runner/ceiling.ts";
import { describeMachine } from "./runner/machine.ts";
import { parseOptions, USAGE } from "./runner/options.ts";
import { plan } from "./runner/plan.ts";
import { type Run, run } from "./runner/run.ts";
import { openYardstick } from "./runner/yardstick.ts";

if (Deno.args.includes("--help")) {
  console.log(USAGE);
  Deno.exit(0);
}
const options = parseOptions(Deno.args);
const machine = describeMachine();
const small = corpusFile("small", Math.max(options.events, 30_000));
const most = await ceiling(options.generator, small, options.events);
const yardstick = openYardstick(small);

const runs: Run[] = [];
for (const engine of options.engines) {
  for (const server of options.servers) {
    const stages = plan(options, engine, server);
    if (stages.length > 0) runs.push(await run(server, engine, stages, options, yardstick));
  }
}

const result: BenchmarkRun = {
  machine,
  command: ["deno task bench", ...Deno.args].join(" "),
  ceiling: most,
  runs,
};
const name = machine.date.replaceAll(/[-:Z]/g, "").replace("T", "-");
const out = options.out ?? fileURLToPath(new URL(`results/${name}.json`, import.meta.url));
writeJson(out, result);
if (options.docs) writeDocs(result);

console.log(aligned(comparison(runs.map(({ relay, results }) => ({ title: relay, results })))));
const { values } = most;
console.log(
  `${most.phase}: ${figure(values["events/s"])} events/s, ` +
    `${figure(values["generator CPU µs/event"])} µs of its CPU an event`,
);
console.error(`written: ${out}`);
for (const { relay, failures } of runs) {
  for (const failure of failures) console.error(`FAILED on ${relay}: ${failure}`);
}
Deno.exit(runs.some(({ failures }) => failures.length > 0) ? 1 : 0);
