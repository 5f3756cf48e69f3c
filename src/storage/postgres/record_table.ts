import type { RecordChange, Records, RecordsRead } from "../records.ts";
import { CHANNEL } from "./listener.ts";
import type { Pool } from "./pool.ts";

/** The records of all instances, which hear of each change. */
export class RecordTable implements Records {
  /** @param pool Of the primary: a replica may be behind. */
  constructor(readonly pool: Pool) {}

  async read(): Promise<RecordsRead> {
    type Row = [version: string, kind: string | null, key: string, value: string];
    const rows = await this.pool.read<Row>({ text: READ, values: [] });
    const records = rows.flatMap(([, kind, key, value]) => kind === null ? [] : { kind, key, value });
    return { version: Number(rows[0]![0]), records };
  }

  async write(version: number, changes: readonly RecordChange[]): Promise<boolean> {
    const rows = await this.pool.run({ text: WRITE, values: [version, JSON.stringify(changes)] });
    return rows.length > 0;
  }
}

/** How far the records go: for those who may have missed a notification. */
export const RECORDS_VERSION = "(SELECT version FROM record_head)";

const READ = "SELECT version, kind, key, value FROM record_head LEFT JOIN record ON true";

const WRITE = `
  WITH claim AS (
    UPDATE record_head SET version = version + 1 WHERE version = $1::bigint RETURNING version
  ),
  change AS (
    SELECT kind, key, value FROM json_to_recordset($2::text::json) AS change (kind text, key text, value text)
    WHERE EXISTS (SELECT FROM claim)
  ),
  removed AS (
    DELETE FROM record USING change
    WHERE (record.kind, record.key) = (change.kind, change.key) AND change.value IS NULL
  ),
  put AS (
    INSERT INTO record (kind, key, value) SELECT * FROM change WHERE value IS NOT NULL
    ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value
  )
  SELECT pg_notify(${CHANNEL}, 'records ' || version) FROM claim`;
