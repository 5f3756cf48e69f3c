import type { DatabaseSync } from "node:sqlite";

/** "Lnck": what `PRAGMA application_id` says of a Longneck database. */
export const APPLICATION_ID = 0x4c_6e_63_6b;

/**
 * What brings a database from each version to the next; `PRAGMA user_version` counts how many have run.
 * Only ever append: a step that has shipped stays as it is.
 *
 * `past` is −created_at: so "newest first, ties by lowest id" is ascending in every index, and a page goes
 * on behind a position (past, id, seq). `seq` is never used twice while anything refers to it.
 *
 * The indexes are tables of their own, because they lag behind: `fresh` has the events that are yet to come
 * to them, `stale` those that are yet to leave; see IndexWriter. There is none by author alone: an author's
 * kinds are few, and looked up one by one. Keys: see keys.ts.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO meta VALUES ('seed', hex(randomblob(16)));

  CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    expires_at INTEGER,
    address INTEGER,
    json TEXT NOT NULL
  ) STRICT;
  CREATE INDEX event_expires_at ON event (expires_at) WHERE expires_at IS NOT NULL;
  CREATE INDEX event_address ON event (address) WHERE address IS NOT NULL;

  CREATE TABLE by_id (
    id INTEGER NOT NULL,
    past INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (id, past, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE by_author (
    author INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    past INTEGER NOT NULL,
    id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (author, kind, past, id, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE by_kind (
    kind INTEGER NOT NULL,
    past INTEGER NOT NULL,
    id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    author INTEGER NOT NULL,
    PRIMARY KEY (kind, past, id, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE by_time (
    past INTEGER NOT NULL,
    id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    author INTEGER NOT NULL,
    PRIMARY KEY (past, id, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE by_tag (
    tag INTEGER NOT NULL,
    past INTEGER NOT NULL,
    id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    PRIMARY KEY (tag, past, id, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE fresh (
    seq INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL,
    past INTEGER NOT NULL,
    author INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    tags BLOB NOT NULL
  ) STRICT;

  CREATE TABLE stale (
    n INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    past INTEGER NOT NULL,
    author INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    tags BLOB NOT NULL
  ) STRICT;

  CREATE TABLE deletion (
    target TEXT NOT NULL,
    pubkey TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (target, pubkey)
  ) STRICT, WITHOUT ROWID;`,

  `CREATE TABLE record (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, key)
  ) STRICT, WITHOUT ROWID;`,

  `ALTER TABLE deletion ADD COLUMN asked_at INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX deletion_by_author ON deletion (pubkey, asked_at);

  CREATE TABLE vanished (
    pubkey TEXT PRIMARY KEY,
    until INTEGER NOT NULL,
    leaving INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX vanished_leaving ON vanished (pubkey) WHERE leaving;`,
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
