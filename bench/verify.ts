/**
 * Signature checks a second and CPU time of each: `deno run -A bench/verify.ts`, `bun bench/verify.ts`.
 * "native, author new" is the yardstick that the cost of an event is compared with.
 */
import process from "node:process";
import { type Engine, openEngine } from "../src/crypto/engine.ts";
import { inPlace } from "../src/crypto/in_place.ts";
import { noble } from "../src/crypto/noble.ts";
import { openNative } from "../src/crypto/native.ts";
import { openPool } from "../src/crypto/pool.ts";
import { records } from "../src/crypto/record.ts";
import type { Verifier } from "../src/crypto/verifier.ts";
import { secretKey, signedAndEncoded } from "../tests/fixtures/signed.ts";

const EVENTS = 1_024;
const SLICES = 8;
const SLICE_MS = 300;

const oneAuthor = Array.from({ length: EVENTS }, (_, n) => signedAndEncoded({ created_at: n }));
const manyAuthors = Array.from({ length: 128 }, (_, n) => signedAndEncoded({}, secretKey(n + 1)));

/** Runs `round` over and over; tells the best of some slices of time, which others on the machine disturbed least. */
async function measure(what: string, perRound: number, round: () => unknown): Promise<void> {
  let perSecond = 0;
  let cpuEach = Infinity;
  for (let slice = 0; slice < SLICES; slice++) {
    const cpuBefore = process.cpuUsage();
    const started = performance.now();
    let checks = 0;
    for (; performance.now() < started + SLICE_MS; checks += perRound) await round();
    const cpu = process.cpuUsage(cpuBefore);
    perSecond = Math.max(perSecond, Math.round(checks / (performance.now() - started) * 1_000));
    cpuEach = Math.min(cpuEach, (cpu.user + cpu.system) / checks);
  }
  const rate = perSecond.toLocaleString("en-US").padStart(8);
  console.log(`${what.padEnd(44)} ${rate}/s ${cpuEach.toFixed(1).padStart(7)} µs CPU`);
}

function checking(engine: Engine, events: typeof oneAuthor) {
  const all = records(events.map(({ event }) => event));
  return () => {
    if (engine.check(all).includes(0)) throw new Error("a right signature was refused");
  };
}

async function verifying(verifier: Verifier) {
  const verified = await Promise.all(oneAuthor.map((event) => verifier.verify(event)));
  if (verified.includes(undefined)) throw new Error("a right signature was refused");
}

await measure("noble (JavaScript)", manyAuthors.length, checking(noble, manyAuthors));

const native = openNative();
if ("engine" in native) {
  await measure("native, author known", EVENTS, checking(native.engine, oneAuthor));
  native.engine.close();
} else console.log(native.missing);
const forgetful = openNative({ slots: 16 });
if ("engine" in forgetful) {
  await measure("native, author new", manyAuthors.length, checking(forgetful.engine, manyAuthors));
  forgetful.engine.close();
}

for (const threads of [1, 2]) {
  const pool = await openPool({ threads, engine: "auto" });
  await measure(`pool: ${pool.description}`, EVENTS, () => verifying(pool));
  await measure("  one at a time", 1, () => pool.verify(oneAuthor[0]!));
  pool.close();
}
const here = inPlace(openEngine("auto").engine);
await measure(here.description, EVENTS, () => verifying(here));
await measure("  one at a time", 1, () => here.verify(oneAuthor[0]!));
here.close();
