import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { databaseSize, startPostgres } from "../places.ts";
import type { EngineName, ServerName } from "./options.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Milliseconds that a relay may take to start. */
const PATIENCE = 15_000;

export interface RunningRelay extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly serverPid?: number;
  /** Bytes on disk. */
  size(): Promise<number>;
}

/**
 * Settings that differ from the defaults: a client of the benchmark opens more subscriptions than a person's, and
 * wants to be answered with all events, private ones too.
 */
const SETTINGS = {
  NOSTR__NETWORK__ADDRESS: "127.0.0.1",
  NOSTR__LIMITS__MAX_SUBSCRIPTIONS: "2000",
  NOSTR__AUTHORIZATION__PRIVATE_KINDS: "[]",
  NOSTR__LOGGING__LEVEL: "info",
};

/** Starts the relay of this repository on a free port, with an empty store. */
export async function startRelay(
  server: ServerName,
  engine: EngineName,
  profile?: string,
): Promise<RunningRelay> {
  if (engine === "sqlite") return await startOn(server, undefined, profile);
  const postgres = await startPostgres();
  try {
    const relay = await startOn(server, postgres.url, profile);
    return {
      ...relay,
      serverPid: postgres.pid,
      size: () => databaseSize(postgres.url),
      async [Symbol.asyncDispose]() {
        await relay[Symbol.asyncDispose]();
        await postgres[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await postgres[Symbol.asyncDispose]();
    throw error;
  }
}

/** @param database Its URL, or a folder with SQLite's. Default: SQLite in a new folder. */
export async function startOn(
  server: ServerName,
  database: string | undefined,
  profile?: string,
): Promise<RunningRelay> {
  const folder = await Deno.makeTempDir({ prefix: "longneck-bench-" });
  const data = join(folder, "data"), log = join(folder, "log");
  const [command, ...args] = await commandOf(server, profile);
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      'exec "$0" "$@" >"$LOG" 2>&1',
      command!,
      ...args,
      "main.ts",
      "--db",
      database ?? data,
      "--port",
      "0",
    ],
    cwd: ROOT,
    env: { ...SETTINGS, ...server === "ws" && { NOSTR__NETWORK__WEBSOCKET: "ws" }, LOG: log },
    stdin: "null",
  }).spawn();
  const url = await addressIn(log);
  return {
    url,
    pid: child.pid,
    size: () => Promise.resolve(sizeOf(data)),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      const { success, code } = await child.status;
      if (!success) console.error(`the relay exited with ${code}:\n${await Deno.readTextFile(log)}`);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function sizeOf(folder: string): number {
  return Array.from(Deno.readDirSync(folder), ({ name }) => Deno.statSync(`${folder}/${name}`).size)
    .reduce((sum, size) => sum + size, 0);
}

/** What `deno task start` runs; or Bun. */
async function commandOf(server: ServerName, profile?: string): Promise<string[]> {
  const profiling = profile ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : [];
  if (server === "bun") return ["bun", ...profiling];
  const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const flags = (tasks.start.command as string).split(" ").filter((word) => word.startsWith("--"));
  return ["deno", "run", ...profiling, ...flags];
}

async function addressIn(log: string): Promise<string> {
  for (const until = Date.now() + PATIENCE; Date.now() < until;) {
    const text = await Deno.readTextFile(log).catch(() => "");
    const port = /listening on ws:\/\/[^ ]*:(\d+)/.exec(text)?.[1];
    if (port) return `ws://127.0.0.1:${port}/`;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`the relay did not start:\n${await Deno.readTextFile(log).catch(() => "")}`);
}
