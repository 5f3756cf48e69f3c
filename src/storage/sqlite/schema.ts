import type { DatabaseSync } from "node:sqlite";

/** "Lnck": what `PRAGMA application_id` says of a Longneck database. */
export const APPLICATION_ID = 0x4c_6e_63_6b;

/**
 * What brings a database from each version to the next; `PRAGMA user_version` counts how many have run.
 * Only ever append: a step that has shipped stays as it is.
 *
 * `past` is −created_at: so "newest first, ties by lowest id" is ascending in every index, and a page goes
 * on behind a position (past, id, seq). Every index costs a changed page for nearly every event saved, so
 * there is none by author alone: an author's kinds are few, and looked up one by one. `seq` is never used twice while a relay runs. Keys: see keys.ts.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO meta VALUES ('seed', hex(randomblob(16)));

  CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    id INTEGER NOT NULL,
    author INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    past INTEGER NOT NULL,
    expires_at INTEGER,
    address INTEGER,
    json TEXT NOT NULL
  ) STRICT;
  CREATE INDEX event_id ON event (id, past);
  CREATE INDEX event_author ON event (author, kind, past, id);
  CREATE INDEX event_kind ON event (kind, past, id);
  CREATE INDEX event_time ON event (past, id);
  CREATE INDEX event_expires_at ON event (expires_at) WHERE expires_at IS NOT NULL;
  CREATE INDEX event_address ON event (address) WHERE address IS NOT NULL;

  CREATE TABLE tag (
    hash INTEGER NOT NULL,
    past INTEGER NOT NULL,
    id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    PRIMARY KEY (hash, past, id, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE deletion (
    target TEXT NOT NULL,
    pubkey TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (target, pubkey)
  ) STRICT, WITHOUT ROWID;`,
];

/** Brings the database to the newest version, each step whole or not at all. */
export function migrate(database: DatabaseSync, migrations: readonly string[] = MIGRATIONS): void {
  for (let version = versionOf(database); version < migrations.length; version++) {
    database.exec("BEGIN IMMEDIATE");
    try {
      database.exec(migrations[version]!);
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + 1}`);
      database.exec("COMMIT");
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  }
}

export function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.user_version);
}

/** The random numbers that this database's hashes start from; see `textKey`. */
export function seedOf(database: DatabaseSync): string {
  return String(database.prepare("SELECT value FROM meta WHERE name = 'seed'").get()?.value);
}
