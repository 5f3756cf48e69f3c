import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Backlog } from "./backlog.ts";

/** Lets many short statements see one state of the database: each alone would take and drop SQLite's file locks. */
export class Snapshot {
  readonly #begin: StatementSync;
  readonly #end: StatementSync;

  constructor(database: DatabaseSync, readonly backlog: Backlog) {
    this.#begin = database.prepare("BEGIN");
    this.#end = database.prepare("COMMIT");
  }

  /** Does the work in a snapshot as of now, whose backlog is known. */
  within<T>(work: () => T): T {
    this.#begin.run();
    try {
      this.backlog.refresh();
      return work();
    } finally {
      this.#end.run();
    }
  }
}
