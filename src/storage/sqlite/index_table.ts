import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Placement } from "./placement.ts";

/** A row of an index: its key, beginning with what is looked up, and then what else the index holds. */
export type IndexRow = readonly number[];

/** What tells an index from the others. */
export interface IndexShape {
  readonly table: string;
  /** Columns of the primary key, which come first. */
  readonly key: readonly string[];
  /** Columns beside the key. */
  readonly rest: readonly string[];
  /** Whether a row's first column is spread over the range of keys, as good as random. */
  readonly scattered: boolean;
  /** The first column of each row that an event has. */
  keys(placement: Placement): readonly number[];
  /** @param key One of the event's keys. */
  row(placement: Placement, key: number): IndexRow;
}

export const INDEXES: readonly IndexShape[] = [
  {
    table: "by_id",
    key: ["id", "past", "seq"],
    rest: [],
    scattered: true,
    keys: ({ id }) => [id],
    row: ({ past, seq }, id) => [id, past, seq],
  },
  {
    table: "by_author",
    key: ["author", "kind", "past", "id", "seq"],
    rest: [],
    scattered: true,
    keys: ({ author }) => [author],
    row: ({ kind, past, id, seq }, author) => [author, kind, past, id, seq],
  },
  {
    table: "by_kind",
    key: ["kind", "past", "id", "seq"],
    rest: ["author"],
    scattered: false,
    keys: ({ kind }) => [kind],
    row: ({ past, id, seq, author }, kind) => [kind, past, id, seq, author],
  },
  {
    table: "by_time",
    key: ["past", "id", "seq"],
    rest: ["author"],
    scattered: false,
    keys: ({ past }) => [past],
    row: ({ id, seq, author }, past) => [past, id, seq, author],
  },
  {
    table: "by_tag",
    key: ["tag", "past", "id", "seq"],
    rest: ["kind"],
    scattered: true,
    keys: ({ tags }) => tags,
    row: ({ past, id, seq, kind }, tag) => [tag, past, id, seq, kind],
  },
];

/** Rows that one statement adds or takes out: a call costs as much as some rows. */
const AT_ONCE = 32;

/** Changes an index, many rows at once. */
export class IndexTable {
  readonly #inserts: ManyRows;
  readonly #deletes: ManyRows;

  constructor(database: DatabaseSync, readonly shape: IndexShape) {
    const { table, key, rest } = shape;
    this.#inserts = manyRows(
      database,
      key.length + rest.length,
      (values) => `INSERT OR IGNORE INTO ${table} VALUES ${values}`,
    );
    this.#deletes = manyRows(
      database,
      key.length,
      (values) => `DELETE FROM ${table} WHERE (${key}) IN (VALUES ${values})`,
    );
  }

  /** Adds rows; those that are there already stay. */
  insert(rows: readonly IndexRow[]): void {
    this.#inserts(rows);
  }

  /** Takes out rows, if they are there. */
  delete(rows: readonly IndexRow[]): void {
    this.#deletes(rows.map((row) => row.slice(0, this.shape.key.length)));
  }
}

type ManyRows = (rows: readonly IndexRow[]) => void;

function manyRows(database: DatabaseSync, columns: number, sql: (values: string) => string): ManyRows {
  const prepare = (rows: number): StatementSync => {
    const row = `(${Array(columns).fill("?")})`;
    return database.prepare(sql(Array(rows).fill(row).join()));
  };
  const one = prepare(1), many = prepare(AT_ONCE);
  return (rows) => {
    let at = 0;
    for (; at + AT_ONCE <= rows.length; at += AT_ONCE) many.run(...rows.slice(at, at + AT_ONCE).flat());
    for (; at < rows.length; at++) one.run(...rows[at]!);
  };
}
