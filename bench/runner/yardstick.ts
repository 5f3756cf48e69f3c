import process from "node:process";
import { openNative } from "../../src/crypto/native.ts";
import { records } from "../../src/crypto/record.ts";
import type { NostrEvent } from "../../src/protocol/event.ts";

const SLICES = 10;
const SLICE_MS = 60;

/** Measures CPU µs of one signature check by libsecp256k1; undefined where the library is missing. */
export type Yardstick = () => number | undefined;

/** The yardstick of all figures: it moves with the machine's mood, so it is taken beside each phase. */
export function openYardstick(corpus: string): Yardstick {
  const opened = openNative({ slots: 16 });
  if (!("engine" in opened)) return () => undefined;
  const events = Deno.readTextFileSync(corpus).split("\n", 512).map((line) => JSON.parse(line) as NostrEvent);
  const batch = records(events);
  return () => {
    const slices = Array.from({ length: SLICES }, () => {
      const started = performance.now(), cpu = process.cpuUsage();
      let checks = 0;
      for (; performance.now() < started + SLICE_MS; checks += events.length) {
        if (opened.engine.check(batch).includes(0)) throw new Error("a right signature was refused");
      }
      const { user, system } = process.cpuUsage(cpu);
      return (user + system) / checks;
    });
    return slices.sort((a, b) => a - b)[SLICES >> 1];
  };
}
