import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { RecordChange, RecordsRead, StoredRecord } from "../records.ts";

/** The records of the database, on the writer's thread: nobody else changes them, so their version is known here. */
export class RecordTable {
  #version = 0;
  readonly #all: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  constructor(readonly database: DatabaseSync) {
    this.#all = database.prepare("SELECT kind, key, value FROM record");
    this.#put = database.prepare("INSERT OR REPLACE INTO record VALUES (?, ?, ?)");
    this.#remove = database.prepare("DELETE FROM record WHERE kind = ? AND key = ?");
  }

  read(): RecordsRead {
    return { version: this.#version, records: this.#all.all() as unknown as StoredRecord[] };
  }

  write(version: number, changes: readonly RecordChange[]): boolean {
    if (version !== this.#version) return false;
    this.database.exec("BEGIN IMMEDIATE");
    try {
      for (const { kind, key, value } of changes) {
        if (value === undefined) this.#remove.run(kind, key);
        else this.#put.run(kind, key, value);
      }
      this.database.exec("COMMIT");
    } catch (error) {
      if (this.database.isTransaction) this.database.exec("ROLLBACK");
      throw error;
    }
    this.#version++;
    return true;
  }
}
