import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import type { HyperLogLog } from "../../protocol/hyperloglog.ts";
import { plan } from "../plan.ts";
import type { Statement } from "./client.ts";
import { lookup } from "./conditions.ts";
import { Parameters } from "./parameters.ts";

export interface CountStatementOptions extends FilterOptions {
  /** Of the registers that are wanted (NIP-45); undefined for none. */
  readonly offset?: number | undefined;
  /** Events after which it stops. Default: none. */
  readonly most?: number | undefined;
}

/** The one row of a count: events looked at, those that pass, and of these the registers, as `REGISTER:NUMBER,…`. */
export type CountRow = readonly [looked: string, passed: string, registers: string | null];

/** Counts the events that pass any of the filters, each once; undefined when none can. */
export function countStatement(
  filters: readonly Filter[],
  now: number,
  { offset, most, ...options }: CountStatementOptions,
): Statement | undefined {
  const parameters = new Parameters();
  const found = filters.flatMap((filter) => {
    const planned = plan(filter);
    return planned.index === "none" ? [] : [lookup(filter, planned, parameters, options)];
  });
  if (found.length === 0) return undefined;
  const alive = `(event.expires_at IS NULL OR event.expires_at > ${parameters.add(now, "bigint")})`;
  const parts = found.flatMap(({ keys, source, ranges, rest = "true" }) =>
    ranges.map((range) =>
      `SELECT seq, pubkey, passes FROM (${keys ?? "SELECT"}) AS key CROSS JOIN LATERAL (
        SELECT event.seq, event.pubkey, ${rest} AS passes FROM ${source} WHERE ${range} AND ${alive}
      ) AS event`
    )
  );
  const limit = most === undefined ? "" : `LIMIT ${parameters.add(most + 1, "bigint")}`;
  const looked = `(${parts.join(" UNION ALL ")} ${limit}) AS looked`;
  const distinct = found.length > 1 || found[0]!.overlapping ? "DISTINCT seq" : "*";
  const tally = `count(*) AS looked, count(${distinct}) FILTER (WHERE passes) AS passed`;
  const text = offset === undefined
    ? `SELECT ${tally}, NULL FROM ${looked}`
    : `SELECT coalesce(sum(looked), 0), coalesce(sum(passed), 0), string_agg(register || ':' || number, ',')
      FROM (SELECT ${tally}, ${registers(offset)} FROM ${looked} GROUP BY register) AS registers`;
  return { text, values: parameters.values };
}

/**
 * NIP-45: each register by itself. Of all that begins behind its byte, the least has the most zeros before its first
 * one; a one is put behind the last bit, in case there is no other.
 */
function registers(offset: number): string {
  const bytes = 32 - offset - 1;
  const least = `min(encode(substr(pubkey, ${offset + 2}), 'hex') COLLATE "C") FILTER (WHERE passes)`;
  return `get_byte(pubkey, ${offset}) AS register,
    position('1' IN ('x' || ${least})::bit(${8 * bytes})::text || '1') AS number`;
}

/** Takes in the registers of a row. */
export function takeRegisters(registers: string | null, authors: HyperLogLog): void {
  for (const each of registers?.split(",") ?? []) {
    const [register, number] = each.split(":");
    authors.raise(Number(register), Number(number));
  }
}
