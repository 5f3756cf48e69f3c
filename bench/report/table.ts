import type { PhaseResult } from "../load/job.ts";

/** Figures to three or four places, with separators of thousands. */
export function figure(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  const places = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
}

/** Rows of a table for reading in a terminal: the first column to the left, the others to the right. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, at) => at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)).join("  ");
  return rows.map(line).join("\n");
}

/** A column of figures to compare with others. */
export interface Column {
  readonly title: string;
  readonly results: readonly PhaseResult[];
}

/** One row for each value of each phase; phases in the order in which they occur. */
export function comparison(columns: readonly Column[]): string[][] {
  const rows = [["", ...columns.map(({ title }) => title)]];
  for (const phase of new Set(columns.flatMap(({ results }) => results.map(({ phase }) => phase)))) {
    const found = columns.map(({ results }) => results.find((result) => result.phase === phase));
    const names = new Set(found.flatMap((result) => Object.keys(result?.values ?? {})));
    for (const name of names) {
      rows.push([
        `${phase}: ${name}`,
        ...found.map((result) => figure(result?.values[name])),
      ]);
    }
    const threads = new Set(found.flatMap((result) => Object.keys(result?.threads ?? {})));
    for (const name of threads) {
      rows.push([`${phase}: thread "${name}" µs`, ...found.map((result) => figure(result?.threads?.[name]))]);
    }
  }
  return rows;
}
