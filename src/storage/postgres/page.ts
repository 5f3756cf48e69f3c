import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import type { Statement } from "./client.ts";
import { lookup } from "./conditions.ts";
import { tieOf } from "./keys.ts";
import { Parameters } from "./parameters.ts";

/** A place in the order of serving; a page begins behind it. */
export interface Position {
  /** −created_at. */
  readonly past: number;
  /** Hex; empty before all events of that second. */
  readonly id: string;
}

export interface PageSize {
  readonly events: number;
  /** Of JSON; one event is sent however long it is. */
  readonly bytes: number;
  /** For one key, so many times its even share of the events is looked up, as far as there are. */
  readonly spread: number;
}

export interface PageOptions extends FilterOptions {
  /** Rows hold no more of the JSON than its beginning, with the id; no event is loaded for that. Default false. */
  readonly idsOnly?: boolean;
}

/** A row of a page. The last two tell of the whole page: see `isLast`. */
export type PageRow = [seq: string, past: string, json: string, total: string, edged: boolean];

/** Events looked up for a key at least, so that a busy author does not end a page at once. */
const FEWEST_EACH = 4;

/**
 * The statement for one page of a filter, behind a position; undefined when nothing can match.
 *
 * Looks up the next events of every key, each in its own range of an index. A key that gives as many as
 * were asked for may have more: what lies behind the first such key's last event (the edge) is left to the next
 * page. So a page costs some events of each key, and the next starts from nothing but a position.
 */
export function pageStatement(
  filter: Filter,
  behind: Position,
  { events, bytes, spread }: PageSize,
  now: number,
  { idsOnly = false, ...options }: PageOptions,
): Statement | undefined {
  const parameters = new Parameters();
  const found = lookup(filter, now, parameters, options);
  if (!found) return undefined;
  const { keys, keyCount, source, ordered, where } = found;
  const each = Math.min(events, Math.max(FEWEST_EACH, Math.ceil(spread * events / keyCount)));
  const most = parameters.add(events, "bigint"), mostEach = parameters.add(each, "bigint");
  const past = parameters.add(behind.past, "bigint"), id = parameters.addBytes(behind.id);
  const tie = parameters.add(behind.id === "" ? -1 : tieOf(behind.id), "bigint");
  const text = `
    WITH hit AS MATERIALIZED (
      SELECT hit.* FROM (${keys}) AS key CROSS JOIN LATERAL (
        SELECT *, row_number() OVER () AS nth FROM (
          SELECT event.past, event.tie, event.id, event.seq FROM ${source}
          WHERE ${where} AND (${ordered}.past, ${ordered}.tie) >= (${past}, ${tie})
            AND (event.past, event.tie, event.id) > (${past}, ${tie}, ${id})
          ORDER BY ${ordered}.past, ${ordered}.tie FETCH FIRST (${mostEach}) ROWS WITH TIES
        ) AS found
      ) AS hit
    ),
    edge AS (SELECT past, tie FROM hit WHERE nth = ${mostEach} ORDER BY past, tie LIMIT 1),
    page AS (
      SELECT DISTINCT past, tie, id, seq FROM hit
      WHERE NOT EXISTS (SELECT FROM edge) OR (past, tie) <= (SELECT past, tie FROM edge)
      ORDER BY past, tie, id LIMIT ${most}
    )
    SELECT seq, past, json, total, EXISTS (SELECT FROM edge) FROM (
      SELECT seq, past, id, json, count(*) OVER () AS total,
        sum(octet_length(json)) OVER (ORDER BY past, id) - octet_length(json) AS before
      FROM (${idsOnly ? IDS : EVENTS}) AS found
    ) AS counted
    WHERE before < ${parameters.add(bytes, "bigint")} ORDER BY past, id`;
  return { text, values: parameters.values };
}

const EVENTS = "SELECT seq, event.past, event.id, json FROM page JOIN event USING (seq)";
const IDS = `SELECT seq, past, id, '{"id":"' || encode(id, 'hex') AS json FROM page`;

/** Whether nothing can come after this page. */
export function isLast(rows: readonly PageRow[], { events }: PageSize): boolean {
  const [, , , total, edged] = rows.at(-1) ?? [, , , "0", false];
  return !edged && rows.length === Number(total) && rows.length < events;
}

/** Counts the events that pass any of the filters, each once; undefined when none can. */
export function countStatement(
  filters: readonly Filter[],
  now: number,
  options: FilterOptions,
): Statement | undefined {
  const parameters = new Parameters();
  const found = filters.flatMap((filter) => lookup(filter, now, parameters, options) ?? []);
  if (found.length === 0) return undefined;
  const parts = found.map(({ keys, source, where }) =>
    `SELECT event.seq FROM (${keys}) AS key CROSS JOIN LATERAL (SELECT event.seq FROM ${source} WHERE ${where}) AS event`
  );
  // Only several keys or filters can find an event twice.
  const distinct = found.length > 1 || found[0]!.keyCount > 1 ? "DISTINCT seq" : "*";
  return {
    text: `SELECT count(${distinct}) FROM (${parts.join(" UNION ALL ")}) AS found`,
    values: parameters.values,
  };
}
