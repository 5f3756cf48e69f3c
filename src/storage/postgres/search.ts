import { idOf } from "../../protocol/event.ts";
import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import type { Search } from "../../protocol/search.ts";
import type { AnswerReader } from "./answer.ts";
import { matchesNothing } from "../plan.ts";
import type { FindOptions } from "../repository.ts";
import type { Statement } from "./client.ts";
import { lookup } from "./conditions.ts";
import { numbers } from "./literal.ts";
import { Parameters } from "./parameters.ts";

/** Events in a page, and bytes of JSON. */
const PAGE = { events: 100, bytes: 256 * 1024 };

type SearchReader = Pick<AnswerReader, "now" | "run" | "found" | keyof FilterOptions>;

/** Reads what passes a filter with a search (NIP-50), best first, page after page. */
export async function* searchPages(
  filter: Filter,
  search: Search,
  { signal, onMore }: FindOptions,
  reader: SearchReader,
): AsyncGenerator<string[], void, void> {
  const limit = filter.limit ?? Infinity;
  if (matchesNothing(filter) || (limit === 0 && !onMore)) return;
  const [[found] = [null]] = await reader.run<[string | null]>(bestStatement(filter, search, reader));
  const seqs = found?.split(",").map(Number) ?? [];
  if (seqs.length > limit) onMore?.();
  for (let at = 0; at < Math.min(limit, seqs.length);) {
    signal.throwIfAborted();
    const asked = seqs.slice(at, Math.min(limit, at + PAGE.events));
    const values = [numbers(asked), reader.now(), PAGE.bytes];
    const rows = await reader.run<[nth: string, json: string]>({ text: PAGE_OF, values });
    for (const [nth, json] of rows) reader.found(idOf(json), asked[Number(nth) - 1]!);
    yield rows.map(([, json]) => json);
    at += Number(rows.at(-1)?.[0] ?? asked.length); // none: all are gone
  }
}

/** Of the best, with one behind the limit: their numbers, parted by commas. Of equals, the newest. */
function bestStatement(filter: Filter, search: Search, reader: SearchReader): Statement {
  const parameters = new Parameters();
  const { ranges: [range], rest = "true" } = lookup(filter, { index: "time" }, parameters, reader);
  const text = `
    SELECT string_agg(seq::text, ',' ORDER BY nth) FROM (
      SELECT event.seq, row_number() OVER (ORDER BY found.rank DESC, event.past, event.id) AS nth
      FROM searched(${
    parameters.add(written(search), "text")
  }::tsquery) AS found JOIN event ON event.seq = found.seq
      WHERE ${range} AND ${rest}
        AND (event.expires_at IS NULL OR event.expires_at > ${parameters.add(reader.now(), "bigint")})
      ORDER BY nth LIMIT ${filter.limit === undefined ? "NULL" : parameters.add(filter.limit + 1, "bigint")}
    ) AS best`;
  return { text, values: parameters.values };
}

/** As a tsquery. Words hold letters and symbols only, so nothing in them can end the quotes. */
function written({ phrases }: Search): string {
  return phrases.map(({ words, prefix }) =>
    `(${words.map((word, n) => `'${word}'${prefix && n === words.length - 1 ? ":*" : ""}`).join(" <-> ")})`
  ).join(" & ");
}

const PAGE_OF = `
  SELECT nth, json FROM (
    SELECT nth, json, sum(octet_length(json)) OVER (ORDER BY nth) - octet_length(json) AS before
    FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (seq, nth) JOIN event ON event.seq = asked.seq
    WHERE event.expires_at IS NULL OR event.expires_at > $2::bigint
  ) AS page WHERE before < $3::bigint ORDER BY nth`;
