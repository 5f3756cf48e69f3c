import { fileURLToPath } from "node:url";
import type { PhaseResult } from "../load/job.ts";
import { generate } from "./generator.ts";
import type { RuntimeName } from "./options.ts";

const SERVER = fileURLToPath(new URL("../load/echo_server.ts", import.meta.url));

/** What the load generator reaches against a server that only answers: it must be far above the relay. */
export async function ceiling(runtime: RuntimeName, corpus: string, events: number): Promise<PhaseResult> {
  const args = [...runtime === "deno" ? ["run", "--allow-net"] : [], SERVER];
  const server = new Deno.Command(runtime, { args, stdin: "null", stdout: "piped" }).spawn();
  try {
    const { value } = await server.stdout.getReader().read();
    const url = `ws://127.0.0.1:${new TextDecoder().decode(value).trim()}/`;
    const job = {
      phase: "ingest",
      corpus,
      from: 0,
      events,
      seconds: 0,
      fresh: false,
      connections: 0,
      subscriptions: 0,
    };
    const [result] = await generate(runtime, { ...job, url, pid: server.pid });
    return { ...result!, phase: `ceiling of the generator (${runtime})` };
  } finally {
    server.kill("SIGKILL");
  }
}
