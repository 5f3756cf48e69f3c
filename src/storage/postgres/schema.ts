import type { Sql } from "postgres";
import { StorageError } from "../repository.ts";

/** Held while one of several instances makes or migrates the schema; the number is arbitrary. */
const MIGRATION_LOCK = 7_061_970;

/**
 * What leads from one version of the schema to the next; the database's is the number of those carried out.
 * Never change one that was released: add another.
 *
 * `past` is −created_at, so that one ascending order, (past, id), is that of serving, and a position in it
 * is one comparison of rows. Every index begins with what is asked for and ends in that order, as far as `tie`
 * gives it: the first bits of the id, a quarter as wide. Whoever reads puts the few that share them in order.
 *
 * `head` counts commits' events. Whoever writes moves it on, from the value at which they have read what
 * they decide on; if another has moved it meanwhile, they read again. So commits are in the order of
 * `seq`, without gaps, whichever instance makes them.
 */
const MIGRATIONS: readonly string[] = [`
  CREATE TABLE head (seq bigint NOT NULL);
  INSERT INTO head VALUES (0);

  CREATE TABLE event (
    seq bigint PRIMARY KEY,
    past bigint NOT NULL,
    tie bigint NOT NULL,
    kind integer NOT NULL,
    id bytea NOT NULL UNIQUE,
    pubkey bytea NOT NULL,
    address bytea, -- SHA-256 of kind:pubkey:d, where newer versions replace older ones
    expires_at bigint,
    json text NOT NULL
  );
  CREATE INDEX event_by_time ON event (past, tie);
  CREATE INDEX event_by_kind ON event (kind, past, tie);
  CREATE INDEX event_by_author ON event (pubkey, past, tie);
  CREATE INDEX event_by_author_and_kind ON event (pubkey, kind, past, tie);
  CREATE UNIQUE INDEX event_by_address ON event (address) WHERE address IS NOT NULL;
  CREATE INDEX event_expiring ON event (expires_at) WHERE expires_at IS NOT NULL;

  -- The events of each value of a single-letter tag.
  CREATE TABLE tag (
    key uuid NOT NULL,
    past bigint NOT NULL,
    tie bigint NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (key, past, tie, seq)
  );

  CREATE TABLE deletion (
    target bytea NOT NULL, -- an id, or SHA-256 of an address
    pubkey bytea NOT NULL,
    until bigint NOT NULL, -- a created_at, inclusive
    PRIMARY KEY (target, pubkey)
  );

  -- Ephemeral events on their way to other instances. They survive no crash.
  CREATE UNLOGGED TABLE passing (
    batch text NOT NULL,
    json text NOT NULL,
    sent_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX passing_by_batch ON passing (batch);
  CREATE INDEX passing_by_time ON passing (sent_at);
`];

/**
 * Makes the schema, or brings it up to date; several instances may do so at once.
 * @throws {StorageError} when the database is not one for text in UTF-8, or is a newer Longneck's.
 */
export async function migrate(sql: Sql): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`;
    const [{ encoding }] = await transaction<[{ encoding: string }]>`
      SELECT current_setting('server_encoding') AS encoding`;
    if (encoding !== "UTF8") throw new StorageError(`the database must be encoded in UTF8, not ${encoding}`);
    await transaction`CREATE TABLE IF NOT EXISTS longneck (version integer NOT NULL)`;
    const [row] = await transaction<{ version: number }[]>`SELECT version FROM longneck`;
    const version = row?.version ?? 0;
    if (version > MIGRATIONS.length) {
      throw new StorageError(
        `the database has version ${version} of the schema, this Longneck knows ${MIGRATIONS.length}; use a newer one`,
      );
    }
    if (version === MIGRATIONS.length) return;
    for (const migration of MIGRATIONS.slice(version)) await transaction.unsafe(migration);
    await transaction`DELETE FROM longneck`;
    await transaction`INSERT INTO longneck VALUES (${MIGRATIONS.length})`;
  });
}
