import type { FilterOptions } from "../../protocol/filter.ts";
import type { Statement } from "./client.ts";
import type { Lookup } from "./conditions.ts";
import type { Parameters } from "./parameters.ts";

/** A place in the order of serving; a page begins behind it. */
export interface Position {
  /** −created_at. */
  readonly past: number;
  /** Of the id: see `tieOf`. */
  readonly tie: number;
  /** Hex; empty before all ids that share the tie. */
  readonly id: string;
}

export interface PageSize {
  readonly events: number;
  /** Of JSON; one event is sent however long it is. */
  readonly bytes: number;
  /** Events looked at for each key, whether they pass or not. */
  readonly looks: number;
}

export interface PageOptions extends FilterOptions {
  /** Rows hold no more of the JSON than its beginning, with the id; no event is loaded for that. Default false. */
  readonly idsOnly?: boolean;
}

/**
 * The one row of a page. The edge is how far it has looked, null if to the end; `passed` counts events, sent or not.
 * Of those sent: each one's `past` and `seq`, parted by commas, and JSON, parted by line feeds, of which JSON has none;
 * all null if none was.
 */
export type PageRow = readonly [
  edgePast: string | null,
  edgeTie: string | null,
  passed: string,
  pasts: string | null,
  seqs: string | null,
  jsons: string | null,
];

/**
 * The statement for one page of a filter, behind a position.
 *
 * Looks at the next events of every key, each in its own range of an index. A key that gives as many as were asked
 * for may have more: what lies behind the first such key's last event (the edge) is left to the next page. So a page
 * costs a bounded number of looks, however few events pass, and the next starts from nothing but a position.
 */
export function pageStatement(
  { keys, keyCount, single, source, ordered, ranges, rest = "true", overlapping }: Lookup,
  behind: Position,
  { events, bytes, looks }: PageSize,
  now: number,
  parameters: Parameters,
  { idsOnly = false }: PageOptions,
): Statement {
  const past = parameters.add(behind.past, "bigint"), tie = parameters.add(behind.tie, "bigint");
  const id = parameters.addBytes(behind.id), each = parameters.add(looks, "bigint");
  // What several keys give is mostly left to later pages: then JSON is read only of what is not.
  const late = idsOnly || overlapping || looks > 2 * events ||
    (keyCount > 1 && !(single && keyCount <= events));
  const carried = late ? "" : "json,";
  const columns =
    `${carried} event.past, event.tie, event.id, event.seq, event.kind, event.pubkey, event.expires_at`;
  const order = single ? "" : `ORDER BY ${ordered}.past, ${ordered}.tie FETCH FIRST (${each}) ROWS WITH TIES`;
  const nth = single ? "1" : "row_number() OVER ()";
  const parts = ranges.map((range) =>
    `(SELECT ${columns} FROM ${source} WHERE ${range} AND (${ordered}.past, ${ordered}.tie) >= (${past}, ${tie})
      AND (event.past, event.tie, event.id) > (${past}, ${tie}, ${id}) ${order})`
  );
  const next = parts.length === 1
    ? parts[0]
    : `(SELECT * FROM (${parts.join(" UNION ALL ")}) AS event ${order})`;
  const alive = `(expires_at IS NULL OR expires_at > ${parameters.add(now, "bigint")})`;
  const text = `
    WITH seen AS MATERIALIZED (
      SELECT seen.* FROM (${keys}) AS key CROSS JOIN LATERAL (
        SELECT past, tie, id, seq, ${carried} ${nth} AS nth, ${alive} AND ${rest} AS passes
        FROM ${next} AS event
      ) AS seen
    ),
    edge AS (SELECT past, tie FROM seen WHERE nth = ${each} ORDER BY past, tie LIMIT 1),
    page AS MATERIALIZED (
      SELECT ${overlapping ? "DISTINCT" : ""} ${carried} past, tie, id, seq FROM seen
      WHERE passes AND (NOT EXISTS (SELECT FROM edge) OR (past, tie) <= (SELECT past, tie FROM edge))
      ORDER BY past, tie, id LIMIT ${parameters.add(events, "bigint")}
    ),
    counted AS (
      SELECT past, tie, id, json, seq, sum(octet_length(json)) OVER (ORDER BY past, tie, id) - octet_length(json) AS before
      FROM (${idsOnly ? IDS : late ? EVENTS : "SELECT * FROM page"}) AS page
    )
    SELECT (SELECT past FROM edge), (SELECT tie FROM edge), (SELECT count(*) FROM page),
      string_agg(past::text, ','), string_agg(seq::text, ','), string_agg(json, E'\\n')
    FROM (
      SELECT * FROM counted WHERE before < ${parameters.add(bytes, "bigint")} ORDER BY past, tie, id
    ) AS sent`;
  return { text, values: parameters.values };
}

const EVENTS = "SELECT page.*, json FROM page JOIN event USING (seq)";
const IDS = `SELECT *, '{"id":"' || encode(id, 'hex') AS json FROM page`;
