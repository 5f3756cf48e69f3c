import { parseArgs } from "node:util";

export type RuntimeName = "deno" | "bun";

/** What serves the sockets: Deno's own server, the `ws` package on Deno, or Bun's. */
export type ServerName = RuntimeName | "ws";

export type EngineName = "sqlite" | "postgres";

export const PHASES = ["ingest", "single", "query", "live", "mixed", "connections", "growth"] as const;
export type PhaseName = typeof PHASES[number];

export interface Options {
  readonly servers: readonly ServerName[];
  /** Where the relay keeps its events. */
  readonly engines: readonly EngineName[];
  readonly phases: readonly PhaseName[];
  /** Events that `ingest` publishes. */
  readonly events: number;
  /** Seconds that each timed phase takes. */
  readonly seconds: number;
  /** Stored events up to which `growth` measures. */
  readonly growthTo: number;
  /** Idle connections that `connections` wants. */
  readonly connections: number;
  /** What runs the load generator. */
  readonly generator: RuntimeName;
  /** A relay that runs already, and its process. */
  readonly url?: string;
  readonly pid?: number;
  /** That relay is empty, so that its answers can be checked. */
  readonly fresh: boolean;
  /** Where the JSON goes. */
  readonly out?: string;
  /** Folder for CPU profiles of the relay. */
  readonly profile?: string;
  /** Write docs/benchmarks.md. */
  readonly docs: boolean;
}

const ENGINES = ["sqlite", "postgres"] as const;
const SERVERS = ["deno", "ws", "bun"] as const;

export const USAGE = `deno task bench [flags]

  --quick             about a minute and a half; by default some seven, for all
  --long              growth up to 1,000,000 stored events: about an hour
  --runtime R         deno, ws (Deno with the ws package) or bun; by default one after the other
  --engine E          sqlite or postgres (ingest, single and query only); by default one after the other
  --phase A,B         ${PHASES.join(", ")}; by default all
  --events N          events that ingest publishes (30,000)
  --seconds N         of each timed phase (10)
  --generator R       what runs the load generator: bun where it is installed, else deno
  --url ws://…        measure a relay that runs already; --pid N for its CPU and memory, --fresh if it is empty.
                      It must allow 2,000 subscriptions a connection for growth
  --profile DIR       let the relay write CPU profiles there
  --out FILE          the JSON of the run (bench/results/…)
  --docs              write docs/benchmarks.md, as a whole run does anyway
`;

export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      long: { type: "boolean", default: false },
      runtime: { type: "string" },
      engine: { type: "string" },
      phase: { type: "string" },
      events: { type: "string" },
      seconds: { type: "string" },
      generator: { type: "string" },
      url: { type: "string" },
      pid: { type: "string" },
      fresh: { type: "boolean", default: false },
      profile: { type: "string" },
      out: { type: "string" },
      docs: { type: "boolean", default: false },
    },
  });
  const { quick, long, url, pid, runtime, engine, phase } = values;
  const hasBun = installed("bun");
  const whole = !quick && !url && !phase && !runtime && !engine;
  return {
    servers: runtime ? [oneOf(runtime, SERVERS)] : url ? ["deno"] : hasBun ? SERVERS : ["deno", "ws"],
    engines: engine ? [oneOf(engine, ENGINES)] : url ? ["sqlite"] : ENGINES,
    phases: phase ? phase.split(",").map((name) => oneOf(name, PHASES)) : PHASES,
    events: Number(values.events ?? (quick ? 10_000 : 30_000)),
    seconds: Number(values.seconds ?? (quick ? 3 : 10)),
    growthTo: quick ? 30_000 : long ? 1_000_000 : 100_000,
    connections: quick ? 2_000 : 10_000,
    generator: oneOf(values.generator ?? (hasBun ? "bun" : "deno"), ["deno", "bun"]),
    fresh: values.fresh || !url,
    docs: values.docs || whole,
    ...(url ? { url } : {}),
    ...(pid ? { pid: Number(pid) } : {}),
    ...(values.out ? { out: values.out } : {}),
    ...(values.profile ? { profile: values.profile } : {}),
  };
}

function oneOf<T extends string>(value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (!found) throw new Error(`"${value}" is none of ${allowed.join(", ")}\n\n${USAGE}`);
  return found;
}

export function installed(command: string): boolean {
  try {
    return new Deno.Command(command, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}
