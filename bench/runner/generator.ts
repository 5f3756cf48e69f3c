import { fileURLToPath } from "node:url";
import type { Job, PhaseResult, Report } from "../load/job.ts";
import type { RuntimeName } from "./options.ts";

const SCRIPT = fileURLToPath(new URL("../load/main.ts", import.meta.url));

/** Runs one phase in a process of its own. Rejects when the relay answers wrongly, or not at all. */
export async function generate(runtime: RuntimeName, job: Job): Promise<readonly PhaseResult[]> {
  const args = [...runtime === "deno" ? ["run", "--allow-all"] : [], SCRIPT, JSON.stringify(job)];
  const child = new Deno.Command(runtime, { args, stdin: "null", stdout: "piped", stderr: "inherit" });
  const { stdout } = await child.output();
  const last = new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "";
  if (!last.startsWith("{")) throw new Error("the load generator ended without a word");
  const report = JSON.parse(last) as Report;
  if ("failure" in report) throw new Error(report.failure);
  return report.results;
}
