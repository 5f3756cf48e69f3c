/**
 * What it takes to bring two relays level that have diverged (NIP-77). Run as `deno run -A bench/sync.ts`, with the
 * number of events that both have, and of those that one lacks, if need be.
 *
 * Fills two SQLite stores with signed events, starts a relay on one, and runs `longneck sync` on the other: once to
 * come level, once more to find out that they are. Every second of the events that differ is one side's. CPU is of
 * both sides.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArguments, type Synchronisation } from "../src/cli/arguments.ts";
import { sync } from "../src/cli/sync.ts";
import { loadConfig } from "../src/config/load.ts";
import { trustStored } from "../src/protocol/event.ts";
import { startRelay } from "../src/relay.ts";
import { runtime } from "../src/runtime/deno.ts";
import { SqliteRepository } from "../src/storage/sqlite/sqlite_repository.ts";
import { corpusFile } from "./corpus/files.ts";

const [common = 10_000, differing = 10_000] = process.argv.slice(2).map(Number);
const lines = readFileSync(corpusFile("small", common + differing), "utf8").trim().split("\n");

/** Spread evenly over the events: those of one side (0), of the other (1), or of both. */
function sideOf(n: number): number | undefined {
  const before = Math.floor(n * differing / lines.length);
  return Math.floor((n + 1) * differing / lines.length) > before ? before % 2 : undefined;
}

async function fill(directory: string, side: number): Promise<void> {
  const repository = await SqliteRepository.open(directory);
  const held = lines.filter((_, n) => (sideOf(n) ?? side) === side);
  await Promise.all(held.map((line) => repository.save(trustStored(line))));
  await repository.close();
}

async function measure(url: string, directory: string): Promise<void> {
  const started = process.cpuUsage();
  const asked = parseArguments(["sync", url, "--db", directory]) as Synchronisation;
  await sync(asked, {
    print: console.log,
    complain: console.error,
    screen: { write() {} },
    signal: new AbortController().signal,
    mayRead: () => false,
  });
  const { user, system } = process.cpuUsage(started);
  console.log(`${Math.round((user + system) / 1000).toLocaleString("en")} ms of CPU time\n`);
}

const [ours, theirs] = [0, 1].map(() => mkdtempSync(join(tmpdir(), "longneck-bench-")));
try {
  await fill(ours!, 0);
  await fill(theirs!, 1);
  const place = { db: theirs!, address: "127.0.0.1", port: "0" };
  const relay = await startRelay(loadConfig({ flags: place }), runtime);
  const url = `ws://127.0.0.1:${relay.tcp!.port}`;
  await measure(url, ours!);
  await measure(url, ours!);
  await relay.stop();
} finally {
  for (const directory of [ours!, theirs!]) rmSync(directory, { recursive: true });
}
