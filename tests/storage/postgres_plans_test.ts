import assert from "node:assert/strict";
import postgres from "postgres";
import type { Filter } from "../../src/protocol/filter.ts";
import type { Statement } from "../../src/storage/postgres/client.ts";
import { countStatement } from "../../src/storage/postgres/count.ts";
import type { PageRow } from "../../src/storage/postgres/page.ts";
import { Pool } from "../../src/storage/postgres/pool.ts";
import { PostgresRepository } from "../../src/storage/postgres/postgres_repository.ts";
import { Scan } from "../../src/storage/postgres/scan.ts";
import { author, authorOf, eventId, insertMany, NEWEST } from "../fixtures/many_events.ts";
import { freshDatabase, testOnPostgres } from "../fixtures/postgres.ts";

const EVENTS = 200_000;

const some = (count: number): string[] => Array.from({ length: count }, (_, n) => author(7 * n));
const p = (n: number) => ({ name: "p", values: [author(n)] });
const ARTICLE = EVENTS - 4;
const newestNotes: Filter = { kinds: [1], limit: 100 };
const followers: Filter = { kinds: [3], tags: [p(9)] };

/**
 * What clients ask most, with the answers that there must be and the rows of tables and indexes that may be read for
 * each of them: one for an order that an index has, two where a tag leads to the event, more where some don't pass.
 */
const SHAPES: readonly (readonly [name: string, filter: Filter, answers: number, rowsEach: number])[] = [
  ["some events", { ids: [7, 70, 700, 7_000, 70_000, EVENTS - 1].map(eventId) }, 6, 1],
  ["the newest notes", newestNotes, 100, 1.1],
  ["an author's notes", { authors: [author(8)], kinds: [1, 6], limit: 40 }, 40, 1.1],
  ["an author's time", { authors: [author(8)], since: NEWEST - 60_000, until: NEWEST - 9_000 }, 131, 1.1],
  ["a home feed", { authors: some(300), kinds: [1, 6], limit: 100 }, 100, 15],
  ["profiles, follows, relays", { authors: some(50), kinds: [0, 3, 10002], limit: 500 }, 500, 6],
  ["notifications", { kinds: [1, 6, 7, 9735], tags: [p(9)], limit: 50 }, 50, 5],
  ["a thread", { kinds: [1, 7], tags: [{ name: "e", values: [40, 80_000, 160_000].map(eventId) }] }, 72, 3],
  ["a hashtag", { kinds: [1], tags: [{ name: "t", values: ["giraffe"] }], limit: 100 }, 100, 9],
  ["answers to an article", { kinds: [1], tags: [{ name: "a", values: ["30023:99:d"] }] }, 134, 2.1],
  [
    "an article",
    { kinds: [30023], authors: [authorOf(ARTICLE)], tags: [{ name: "d", values: ["d1"] }] },
    144,
    2.1,
  ],
  ["followers", { ...followers, limit: 500 }, 5, 50],
];

testOnPostgres("postgres: the commonest filters read few rows of 200,000 events, all by index", async () => {
  await using database = await freshDatabase();
  const place = { connection: database.url, poolSize: 1, statementTimeoutSeconds: 30 };
  await (await PostgresRepository.open(place)).close();
  const sql = postgres(database.url, { max: 1, fetch_types: false, onnotice: () => {} });
  const pool = new Pool({ url: database.url, size: 1, statementTimeoutSeconds: 30, patience: 30_000 });
  try {
    await insertMany(sql, EVENTS);
    for (const [name, filter, answers, rowsEach] of SHAPES) {
      const cost = await costOf(pool, filter);
      assert.deepEqual([cost.answers, cost.scanned], [answers, []], name);
      assert(cost.rows <= rowsEach * answers, `${name}: ${cost.rows} rows were read for ${answers} answers`);
      assert(cost.sorted <= 301, `${name}: ${cost.sorted} rows were sorted, more than a page and its end`);
    }
    const counting = nothing();
    const counted = countStatement([followers], NEWEST, { offset: 8, most: EVENTS })!;
    addTo(counting, await explain(pool, counted));
    assert.deepEqual(counting.scanned, []);
    assert(counting.rows <= 250, `${counting.rows} rows were read to count followers`);

    await sql`DROP INDEX event_by_kind`;
    const { rows, answers } = await costOf(pool, newestNotes);
    assert(rows > 2 * answers, "a missing index must show");
  } finally {
    await Promise.all([pool.close(), sql.end()]);
  }
});

/** What an answer has cost. */
interface Cost {
  answers: number;
  /** Read from tables and indexes. */
  rows: number;
  /** In the largest sort. */
  sorted: number;
  /** Tables that were read without an index. */
  scanned: string[];
}

const nothing = (): Cost => ({ answers: 0, rows: 0, sorted: 0, scanned: [] });

async function costOf(pool: Pool, filter: Filter): Promise<Cost> {
  const cost = nothing();
  const run = async (statement: Statement) => {
    addTo(cost, await explain(pool, statement));
    return await pool.run<PageRow>(statement) as [PageRow];
  };
  const scan = new Scan(filter, { run, now: () => NEWEST });
  for (let left = filter.limit ?? 1_000; left > 0 && !scan.done;) {
    const hits = await scan.page(Math.min(left, 300), left);
    cost.answers += hits.length;
    left -= hits.length;
  }
  return cost;
}

interface Node {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly Plans?: readonly Node[];
}

/** The plan of the very statement, as a connection of the engine's prepares it, and what it did. */
async function explain(pool: Pool, { text, values }: Statement): Promise<Node> {
  const literals = values.map((value) => `'${value}'`).join();
  const run = <Row>(text: string) => pool.run<Row>({ text, values: [] });
  await run(`PREPARE explained AS ${text}`);
  const [[[{ Plan }]]] = await run(
    `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE explained (${literals})`,
  ) as [[[{ Plan: Node }]]];
  await run("DEALLOCATE explained");
  return Plan;
}

function addTo(cost: Cost, node: Node): void {
  const given = node["Actual Rows"] * node["Actual Loops"];
  const table = node["Relation Name"], type = node["Node Type"];
  if (table !== undefined) {
    cost.rows += given + (node["Rows Removed by Filter"] ?? 0) * node["Actual Loops"];
    if (!type.startsWith("Index")) cost.scanned.push(table);
  }
  if (type.endsWith("Sort")) cost.sorted = Math.max(cost.sorted, given);
  for (const plan of node.Plans ?? []) addTo(cost, plan);
}
