/**
 * Runs the tests on Deno, on Bun, and those over real sockets on Deno with the `ws` server too (or only what is
 * named: deno, bun, ws), the long ones in parts, some at a time. Shows what they print, of one at a time as it comes and of
 * the others when they end, and ends with the count over all: `N passed, N failed`.
 *
 * All use one PostgreSQL: the one that LONGNECK_TEST_POSTGRES names (a superuser's URL), or one started for them.
 * Bun is taken from the PATH; where it isn't, Deno installs it as an npm package into a temporary folder.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

/** Into how many runs the tests on Deno and those on Bun are split. */
const PARTS = 4;

/** Runs at once for each core: tests wait for disks, servers and processes about half of their time. */
const RUNS_A_CORE = 1.5;

const scratch = mkdtempSync(join(tmpdir(), "longneck-tests-"));

interface Run {
  readonly name: string;
  readonly command: string;
  /** @param report The file that the runner is to write, JUnit's XML. */
  readonly arguments: (report: string) => readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

const onDeno = (name: string, places: readonly string[]): Run => ({
  name,
  command: Deno.execPath(),
  arguments: (report) => [
    ..."test --allow-all --no-check --sanitize-ops --sanitize-resources --trace-leaks --reporter=dot".split(
      " ",
    ),
    `--junit-path=${report}`,
    ...places,
  ],
});

const onBun = (name: string, command: string, places: readonly string[]): Run => ({
  name,
  command,
  arguments: (report) => [
    ..."test --timeout=60000 --reporter=junit".split(" "),
    `--reporter-outfile=${report}`,
    ...places,
  ],
});

const suites = {
  ws: () => [{ ...onDeno("ws", ["tests/conformance/"]), environment: { LONGNECK_TEST_WEBSOCKET: "ws" } }],
  deno: () => parts().map((files, at) => onDeno(`deno, part ${at + 1}`, files)),
  bun: async () => {
    const bun = await findBun();
    return parts().map((files, at) => onBun(`bun, part ${at + 1}`, bun, files));
  },
};

const named = Deno.args.filter((name) => name in suites) as (keyof typeof suites)[];
const total: Count = { passed: 0, failed: 0, skipped: 0 };
const postgres = await startPostgres();
try {
  const chosen = named.length > 0 ? named : Object.keys(suites) as (keyof typeof suites)[];
  const waiting = (await Promise.all(chosen.map((name) => suites[name]()))).flat();
  const lanes = Math.min(Math.ceil(RUNS_A_CORE * availableParallelism()), waiting.length);
  await Promise.all(Array.from({ length: lanes }, (_, lane) => runAll(waiting, { held: lane > 0 })));
} finally {
  await postgres?.[Symbol.asyncDispose]();
  rmSync(scratch, { recursive: true });
}
console.log(inWords(total));
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** The files of tests, dealt out like cards: neighbours take about as long. */
function parts(): string[][] {
  const names = readdirSync("tests", { recursive: true, encoding: "utf8" });
  const paths = names.filter((name) => name.endsWith("_test.ts")).sort().map((name) =>
    `./${join("tests", name)}`
  );
  return Array.from({ length: PARTS }, (_, part) => paths.filter((_, at) => at % PARTS === part));
}

/** Takes one run after the other. @param held Whether what a run prints is held until its end. */
async function runAll(waiting: Run[], { held }: { held: boolean }): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const count = await runOn(next, held);
    console.log(`${next.name}: ${inWords(count)}\n`);
    for (const key of ["passed", "failed", "skipped"] as const) total[key] += count[key];
  }
}

async function runOn({ name, command, arguments: given, environment }: Run, held: boolean): Promise<Count> {
  const report = join(scratch, `${name}.xml`);
  const code = await run(command, given(report), { environment, held });
  const count = existsSync(report) ? read(report) : { passed: 0, failed: 0, skipped: 0 };
  // A runner that broke off, or ran nothing, counted no failure: say one for it.
  if (count.failed === 0 && (code !== 0 || count.passed + count.skipped === 0)) count.failed = 1;
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
