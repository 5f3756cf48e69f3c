import { StorageError } from "../repository.ts";
import type { Client } from "./client.ts";
import { storageError } from "./fault.ts";

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
const MIGRATIONS: readonly string[] = [
  `
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
`,
  `
  -- What is remembered beside events, and how often that has changed.
  CREATE TABLE record_head (version bigint NOT NULL);
  INSERT INTO record_head VALUES (0);

  CREATE TABLE record (
    kind text NOT NULL,
    key text NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (kind, key)
  );
`,
  `
  ALTER TABLE deletion ADD COLUMN asked_at bigint NOT NULL DEFAULT 0; -- created_at of the last request
  CREATE INDEX deletion_by_author ON deletion (pubkey, asked_at);

  -- Who has asked to vanish (NIP-62), and of whom something may be left.
  CREATE TABLE vanished (
    pubkey bytea PRIMARY KEY,
    until bigint NOT NULL, -- a created_at, inclusive
    leaving boolean NOT NULL
  );
  CREATE INDEX vanished_leaving ON vanished (pubkey) WHERE leaving;
`,
  `
  -- Full text (NIP-50): the words of events; up to which one, and of which kinds.
  CREATE TABLE search (
    seq bigint PRIMARY KEY REFERENCES event ON DELETE CASCADE,
    words tsvector NOT NULL
  );
  CREATE INDEX search_by_word ON search USING gin (words) WITH (fastupdate = off);
  CREATE TABLE search_head (seq bigint NOT NULL, holds text NOT NULL);
  INSERT INTO search_head VALUES (0, '');

  -- Else a connection of ours would not use such an index: see client.ts.
  CREATE FUNCTION searched(query tsquery) RETURNS TABLE (seq bigint, rank real)
  LANGUAGE sql STABLE SET enable_bitmapscan = on SET enable_indexscan = off
  AS 'SELECT seq, ts_rank(words, query, 1) FROM search WHERE words @@ query';
`,
];

/** Milliseconds to wait for another instance that is at it; then this one tries again. */
const LOCK_LIMIT = 5_000;

/** Milliseconds for a statement that only looks, or waits for the lock. */
const LIMIT = 2 * LOCK_LIMIT;

/**
 * Makes the schema, or brings it up to date; several instances may do so at once. Leaves a database alone that is.
 * A connection on which this fails must not be used any more.
 * @throws {StorageError} when the database is not one for text in UTF-8, or is a newer Longneck's.
 */
export async function migrate(client: Client): Promise<void> {
  const [[encoding] = []] = await ask<[string]>(client, "SELECT current_setting('server_encoding')");
  if (encoding !== "UTF8") throw new StorageError(`the database must be encoded in UTF8, not ${encoding}`);
  if (await versionOf(client) === MIGRATIONS.length) return;
  await ask(
    client,
    `BEGIN; SET LOCAL lock_timeout = ${LOCK_LIMIT}; SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`,
  );
  const version = await versionOf(client); // another may have been faster
  if (version > MIGRATIONS.length) throw isNewer(version);
  await ask(client, "SET LOCAL statement_timeout = 0");
  for (const text of MIGRATIONS.slice(version)) await client.run({ text, values: [] }); // an index takes its time
  const text = `
    CREATE TABLE IF NOT EXISTS longneck (version integer NOT NULL);
    DELETE FROM longneck;
    INSERT INTO longneck VALUES (${MIGRATIONS.length});
    COMMIT`;
  await client.run({ text, values: [] });
}

/**
 * For a server that is only read: its schema comes with replication.
 * @throws {StorageError} as long as it has not come, or when it is a newer Longneck's.
 */
export async function mustHaveSchema(client: Client): Promise<void> {
  const version = await versionOf(client);
  if (version > MIGRATIONS.length) throw isNewer(version);
  if (version < MIGRATIONS.length) {
    throw storageError({ code: "55000", message: "the replica lacks the schema yet" });
  }
}

/** Of the database's schema; 0 is none. */
async function versionOf(client: Client): Promise<number> {
  const [[table] = []] = await ask<[string | null]>(client, "SELECT to_regclass('longneck')");
  if (table === null) return 0;
  const [[version = "0"] = []] = await ask<[string]>(client, "SELECT version FROM longneck");
  return Number(version);
}

const ask = <Row>(client: Client, text: string): Promise<Row[]> => client.run({ text, values: [] }, LIMIT);

function isNewer(version: number): StorageError {
  return new StorageError(
    `the database has version ${version} of the schema, this Longneck knows ${MIGRATIONS.length}; use a newer one`,
  );
}
