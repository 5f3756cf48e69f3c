import type { PhaseResult } from "../load/job.ts";
import type { Run } from "../runner/run.ts";
import type { Line, Plot } from "./plot.ts";

/** The plots of how cost grows; without any where the run did not measure growth. File name by plot. */
export function growthPlots(runs: readonly Run[]): Map<string, Plot> {
  const plots = new Map<string, Plot>();
  const add = (file: string, { lines, ...plot }: Plot) => {
    const measured = lines.filter(({ points }) => points.length > 1); // not on every relay
    if (measured.length > 0) plots.set(file, { ...plot, lines: measured });
  };
  add("ingest", {
    title: "An event stored: CPU of all threads",
    x: "events stored",
    y: "µs an event",
    lines: runs.map((run) => line(run.relay, run.results, /^ingest at ([\d,]+) events$/, "CPU µs/event")),
  });
  for (const { relay, results } of runs) {
    const shapes = new Set(
      results.flatMap(({ phase }) => /^REQ (.+) at [\d,]+ events$/.exec(phase)?.[1] ?? []),
    );
    add(`req-${relay}`, {
      title: `A REQ answered on ${relay}, by shape: CPU of all threads`,
      x: "events stored",
      y: "µs a REQ",
      lines: [...shapes].map((shape) =>
        line(shape, results, new RegExp(`^REQ ${shape} at ([\\d,]+) events$`), "CPU µs/REQ")
      ),
    });
  }
  add("subscriptions", {
    title: "An event stored and delivered to twenty: CPU of all threads",
    x: "live subscriptions",
    y: "µs an event",
    lines: runs.map((run) =>
      line(run.relay, run.results, /^live with ([\d,]+) subscriptions$/, "CPU µs/event")
    ),
  });
  return plots;
}

function line(name: string, results: readonly PhaseResult[], phase: RegExp, value: string): Line {
  const points = results.flatMap((result): (readonly [number, number])[] => {
    const x = phase.exec(result.phase)?.[1], y = result.values[value];
    return x === undefined || y === undefined ? [] : [[Number(x.replaceAll(",", "")), y]];
  });
  return { name, points };
}
