import type { Statement } from "./client.ts";
import type { Lookup } from "./conditions.ts";
import type { Parameters } from "./parameters.ts";

/** A place in the order of serving, behind all events with this `past` and `tie`; a page begins there. */
export interface Position {
  /** −created_at. */
  readonly past: number;
  /** Of the id: see `tieOf`. */
  readonly tie: number;
}

export interface PageSize {
  /** At least, if there are so many; those that share the last one's place come with it. */
  readonly events: number;
  /** Events looked at for each key, whether they pass or not; undefined where all pass. */
  readonly looks: number | undefined;
}

/**
 * The one row of a page. The edge is how far it has looked; null if it came to the end or has as many events as it was
 * to have. Of the events, by `past` and `tie`: each one's `past` and `seq`, parted by commas, and ids, one behind the
 * other; all null if there are none. Some may come twice, one behind the other.
 */
export type PageRow = readonly [
  edgePast: string | null,
  edgeTie: string | null,
  pasts: string | null,
  seqs: string | null,
  ids: string | null,
  /** When the first of them expires; null if none does. */
  expiry: string | null,
];

/**
 * The statement for one page of a filter, behind a position. It names events and reads no JSON.
 *
 * Looks at the next events of every key, each in its own range of an index. A key that gives as many as were asked
 * for may have more: what lies behind the first such key's last event (the edge) is left to the next page. So a page
 * costs a bounded number of looks, however few events pass, and the next starts from nothing but a position.
 */
export function pageStatement(
  found: Lookup,
  behind: Position,
  { events, looks }: PageSize,
  now: number,
  parameters: Parameters,
): Statement {
  const from = `(${parameters.add(behind.past, "bigint")}, ${parameters.add(behind.tie, "bigint")})`;
  const most = parameters.add(events, "bigint");
  const alive = `(event.expires_at IS NULL OR event.expires_at > ${parameters.add(now, "bigint")})`;
  const passes = found.rest === undefined ? alive : `${alive} AND ${found.rest}`;
  if (looks === undefined) {
    const text = `SELECT NULL, NULL, ${NAMED} FROM ${next(found, from, most, passes)} AS event`;
    return { text, values: parameters.values };
  }
  const each = parameters.add(looks, "bigint");
  const seen = `SELECT past, tie, id, seq, expires_at, row_number() OVER () AS nth, ${passes} AS passes
    FROM ${next(found, from, each)} AS event`;
  const text = found.keys === undefined
    ? `
    SELECT max(past) FILTER (WHERE nth >= ${each}), max(tie) FILTER (WHERE nth >= ${each}), ${NAMED_OF_SEEN} FROM (
      SELECT * FROM (${seen} ORDER BY past, tie) AS seen WHERE passes OR nth >= ${each} ${ordered(most)}
    ) AS page`
    : `
    WITH seen AS MATERIALIZED (
      SELECT seen.* FROM (${found.keys}) AS key CROSS JOIN LATERAL (${seen}) AS seen
    ),
    edge AS (SELECT past, tie FROM seen WHERE nth = ${each} ORDER BY past, tie LIMIT 1)
    SELECT (SELECT past FROM edge), (SELECT tie FROM edge), ${NAMED} FROM (
      SELECT past, tie, id, seq, expires_at FROM seen
      WHERE passes AND ((past, tie) > (SELECT past, tie FROM edge)) IS NOT TRUE ${ordered(most)}
    ) AS page`;
  return { text, values: parameters.values };
}

/** The next events of a key, in the order of serving. */
function next(
  { source, ordered: by, ranges, isFew }: Lookup,
  from: string,
  most: string,
  passes = "true",
): string {
  const columns = `${by}.past, ${by}.tie, event.id, event.seq, event.kind, event.pubkey, event.expires_at`;
  const parts = ranges.map((range) => {
    const rows =
      `SELECT ${columns} FROM ${source} WHERE ${range} AND (${by}.past, ${by}.tie) > ${from} AND ${passes}`;
    return isFew
      ? `SELECT * FROM (${rows} OFFSET 0) AS few ${ordered(most)}`
      : `${rows} ${ordered(most, by)}`;
  });
  if (parts.length === 1) return `(${parts[0]})`;
  return `(SELECT * FROM (${parts.map((part) => `(${part})`).join(" UNION ALL ")}) AS event ${
    ordered(most)
  })`;
}

function ordered(most: string, by?: string): string {
  const of = by === undefined ? "" : `${by}.`;
  return `ORDER BY ${of}past, ${of}tie FETCH FIRST (${most}) ROWS WITH TIES`;
}

const named = (filter: string) =>
  `string_agg(past::text, ',') ${filter}, string_agg(seq::text, ',') ${filter}, encode(string_agg(id, '') ${filter}, 'hex'),
    min(expires_at) ${filter}`;

const NAMED = named("");
const NAMED_OF_SEEN = named("FILTER (WHERE passes)");
