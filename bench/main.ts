/** `deno task bench`: measures the relay on Deno and on Bun. `--help` tells the flags. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { corpusFile } from "./corpus/files.ts";
import { aligned, comparison } from "./report/table.ts";
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
const stages = await plan(options);
const yardstick = openYardstick(await corpusFile("small", Math.max(options.events, 30_000)));

const runs: Run[] = [];
for (const runtime of options.runtimes) runs.push(await run(runtime, stages, options, yardstick));

const out = options.out ??
  fileURLToPath(
    new URL(`results/${machine.date.replaceAll(/[-:Z]/g, "").replace("T", "-")}.json`, import.meta.url),
  );
Deno.mkdirSync(dirname(out), { recursive: true });
Deno.writeTextFileSync(out, JSON.stringify({ machine, runs }, undefined, 2));
console.log(aligned(comparison(runs.map(({ relay, results }) => ({ title: relay, results })))));
console.error(`\nwritten: ${out}`);
for (const { relay, failures } of runs) {
  for (const failure of failures) console.error(`FAILED on ${relay}: ${failure}`);
}
Deno.exit(runs.some(({ failures }) => failures.length > 0) ? 1 : 0);
