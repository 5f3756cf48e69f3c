/**
 * Runs the tests on Deno, on Bun, and those over real sockets on Deno with the `ws` server too (or only what is
 * named: deno, bun, ws), two at a time where there are cores for it. Shows what they print, of the second when it
 * ends, and ends with the count over all: `N passed, N failed`.
 *
 * All use one PostgreSQL: the one that LONGNECK_TEST_POSTGRES names (a superuser's URL), or one started for them.
 * Bun is taken from the PATH; where it isn't, Deno installs it as an npm package into a temporary folder.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { PostgresServer, SERVER_VARIABLE } from "./fixtures/postgres_server.ts";

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

const BUN_VERSION = "1.4.5";
const scratch = mkdtempSync(join(tmpdir(), "longneck-tests-"));

interface Run {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

const onDeno = (report: string, folder: string): Run => ({
  command: Deno.execPath(),
  arguments: [
    ..."test --allow-all --no-check --sanitize-ops --sanitize-resources --trace-leaks --reporter=dot".split(
      " ",
    ),
    `--junit-path=${report}`,
    folder,
  ],
});

const runs = {
  deno: (report: string): Run => onDeno(report, "tests/"),
  bun: async (report: string): Promise<Run> => ({
    command: await findBun(),
    arguments: ["test", "--timeout=60000", "--reporter=junit", `--reporter-outfile=${report}`, "./tests"],
  }),
  ws: (report: string): Run => ({
    ...onDeno(report, "tests/conformance/"),
    environment: { LONGNECK_TEST_WEBSOCKET: "ws" },
  }),
};

const named = Deno.args.filter((name) => name in runs) as (keyof typeof runs)[];
const total: Count = { passed: 0, failed: 0, skipped: 0 };
const postgres = await startPostgres();
try {
  const waiting = named.length > 0 ? named : Object.keys(runs) as (keyof typeof runs)[];
  const lanes = Math.min(2, availableParallelism(), waiting.length);
  await Promise.all(Array.from({ length: lanes }, (_, lane) => runAll(waiting, { held: lane > 0 })));
} finally {
  await postgres?.[Symbol.asyncDispose]();
  rmSync(scratch, { recursive: true });
}
console.log(inWords(total));
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** Takes one run after the other. @param held Whether what a run prints is held until its end. */
async function runAll(waiting: (keyof typeof runs)[], { held }: { held: boolean }): Promise<void> {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const count = await runOn(name, held);
    console.log(`${name}: ${inWords(count)}\n`);
    for (const key of ["passed", "failed", "skipped"] as const) total[key] += count[key];
  }
}

async function runOn(name: keyof typeof runs, held: boolean): Promise<Count> {
  const report = join(scratch, `${name}.xml`);
  const { command, arguments: given, environment } = await runs[name](report);
  const code = await run(command, given, { environment, held });
  const count = existsSync(report) ? read(report) : { passed: 0, failed: 0, skipped: 0 };
  // A runner that broke off counted no failure: say one for it.
  if (code !== 0 && count.failed === 0) count.failed = 1;
  return count;
}

/** Counts the cases of a JUnit report. */
function read(report: string): Count {
  const xml = readFileSync(report, "utf8");
  const of = (tag: string) => xml.match(new RegExp(`<${tag}[\\s/>]`, "g"))?.length ?? 0;
  const failed = of("failure") + of("error");
  const skipped = of("skipped");
  return { passed: of("testcase") - failed - skipped, failed, skipped };
}

function inWords({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed` + (skipped > 0 ? `, ${skipped} skipped` : "");
}

/** One server for all runs; where it can't be had, the tests that need it say why. */
async function startPostgres(): Promise<PostgresServer | undefined> {
  if (process.env[SERVER_VARIABLE]) return undefined;
  try {
    const server = await PostgresServer.start();
    process.env[SERVER_VARIABLE] = server.url;
    return server;
  } catch {
    return undefined;
  }
}

async function findBun(): Promise<string> {
  const onPath = (process.env.PATH ?? "").split(":").map((folder) => join(folder, "bun")).find(existsSync);
  if (onPath) return onPath;
  const folder = join(scratch, "bun");
  Deno.mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ dependencies: { bun: BUN_VERSION } }));
  const installed = await run(Deno.execPath(), ["install", "--allow-scripts", "--node-modules-dir=auto"], {
    folder,
  });
  if (installed !== 0) throw new Error("Bun could not be installed; put it on the PATH and try again");
  return join(folder, "node_modules", ".bin", "bun");
}

interface Surroundings {
  readonly folder?: string;
  readonly environment?: Run["environment"];
  readonly held?: boolean;
}

function run(
  command: string,
  given: readonly string[],
  { folder, environment, held = false }: Surroundings,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    const output = held ? "pipe" : "inherit";
    const child = spawn(command, given, { stdio: ["inherit", output, output], cwd: folder, env });
    const printed: Uint8Array[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => printed.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      for (const chunk of printed) process.stdout.write(chunk);
      resolve(code ?? 1);
    });
  });
}
