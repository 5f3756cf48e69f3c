import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Both runtimes have it; Deno's types do not know it yet. */
type ArrayStatement = StatementSync & { setReturnArrays(enabled: boolean): void };

/** Prepares a statement whose rows come as arrays, which is faster than objects. */
export function prepareArrays(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql) as ArrayStatement;
  statement.setReturnArrays(true);
  return statement;
}
