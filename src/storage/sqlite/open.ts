import { closeSync, mkdirSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StorageError } from "../repository.ts";
import { APPLICATION_ID, migrate, MIGRATIONS, versionOf } from "./schema.ts";

/** The database in a data directory. */
export const DATABASE_FILE = "longneck.db";

/** Exists only to be locked; nothing is ever written to it. */
const LOCK_FILE = "longneck.lock";

/** Milliseconds to wait for another program that has the database open, such as a backup. */
const PATIENCE = 5_000;

/** Milliseconds to wait for readers that keep the log from being emptied: all writing waits with it. */
const LOG_PATIENCE = 100;

/**
 * SQLite's page cache for a connection, in KiB. The system caches the file besides. At a million events half of this would
 * make the writer's work a fifth dearer; four times as much gains hardly anything.
 */
const PAGE_CACHE = 8_192;

/**
 * Bytes of a page of a new database; one that is there keeps its own. With SQLite's own 4,096 writing costs a fifteenth
 * more: an event of 1.2 kB goes over two pages more often, and pages are written one by one.
 */
const PAGE_BYTES = 8_192;

/**
 * Bytes that gather in the write-ahead log before they go to the database. Few commits change the same page
 * (see IndexWriter), so more would spare hardly any writing; fewer hold nobody up for long.
 */
const CHECKPOINT_BYTES = 8 * 1024 * 1024;

/** Bytes that the write-ahead log may keep on disk after a burst. */
const LOG_BYTES = 16 * 1024 * 1024;

/** A database that can be written, and what else must be closed after it. */
export interface WritableDatabase extends Disposable {
  readonly database: DatabaseSync;
}

/**
 * Opens a data directory for writing; makes it, and the database in it, where missing.
 * @throws {StorageError} when the database is not ours to write. It has not been touched then.
 */
export function openForWriting(directory: string): WritableDatabase {
  const file = join(directory, DATABASE_FILE);
  return explained(file, () => {
    mkdirSync(directory, { recursive: true });
    inspect(file);
    const lock = takeLock(directory);
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(file, { timeout: PATIENCE });
      refuseNewer(file, versionOf(database)); // what the header says may be older than the log
      database.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
      migrate(database);
      database.exec(
        `PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA secure_delete = ON; -- what is removed is overwritten, for a hundredth more of writing
        PRAGMA cache_size = -${PAGE_CACHE};
        PRAGMA wal_autocheckpoint = ${Math.floor(CHECKPOINT_BYTES / pageBytes(database))};
        PRAGMA journal_size_limit = ${LOG_BYTES};
        PRAGMA wal_checkpoint(TRUNCATE)`,
      );
      return { database, [Symbol.dispose]: () => (database!.close(), lock.close()) };
    } catch (error) {
      database?.close();
      lock.close();
      throw error;
    }
  });
}

const pageBytes = (database: DatabaseSync) => Number(database.prepare("PRAGMA page_size").get()?.page_size);

/** Opens the database for a reader, beside the writer of the same process. */
export function openForReading(directory: string): DatabaseSync {
  const file = join(directory, DATABASE_FILE);
  return explained(file, () => {
    const database = new DatabaseSync(file, { readOnly: true, timeout: PATIENCE });
    database.exec(`PRAGMA cache_size = -${PAGE_CACHE}`);
    return database;
  });
}

/**
 * Brings the write-ahead log to the database and cuts it off. Where another program reads just then, such as a backup,
 * part of it stays, to be overwritten by what is written next.
 */
export function emptyLog(database: DatabaseSync): void {
  database.exec(`PRAGMA busy_timeout = ${LOG_PATIENCE}`);
  try {
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.exec(`PRAGMA busy_timeout = ${PATIENCE}`);
  }
}

/** Reads the file's first bytes, no more: SQLite itself would already write beside the file. */
function inspect(file: string): void {
  const header = new DataView(new ArrayBuffer(100));
  const length = readBeginning(file, header);
  if (length === 0) return; // missing or empty: to be made
  const magic = new TextDecoder().decode(header.buffer.slice(0, 16));
  if (length < 100 || magic !== "SQLite format 3\0") {
    throw new StorageError(`${file} is damaged or is not an SQLite database`);
  }
  if (header.getUint32(68) !== APPLICATION_ID) {
    throw new StorageError(`${file} is an SQLite database, but not Longneck's`);
  }
  refuseNewer(file, header.getUint32(60));
}

function readBeginning(file: string, into: DataView<ArrayBuffer>): number {
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
  try {
    return readSync(handle, into, 0, into.byteLength, 0);
  } finally {
    closeSync(handle);
  }
}

function refuseNewer(file: string, version: number): void {
  if (version <= MIGRATIONS.length) return;
  throw new StorageError(
    `${file} was made by a newer Longneck (schema ${version}; this one knows ${MIGRATIONS.length}): update Longneck`,
  );
}

/**
 * Holds an exclusive lock for as long as the answer stays open. The operating system keeps it for SQLite,
 * so it ends with the process however that ends; and the database itself stays open to readers.
 */
function takeLock(directory: string): DatabaseSync {
  const lock = new DatabaseSync(join(directory, LOCK_FILE), { timeout: 0 });
  try {
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    if (!/locked/.test((error as Error).message)) throw error;
    throw new StorageError(`${directory} is in use by another Longneck: only one may write to it`);
  }
}

/** Runs `open` and turns what SQLite or the file system says into a sentence for the operator. */
function explained<T>(file: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof StorageError) throw error;
    const { message } = error as Error; // Deno's SQLite errors carry no code
    if (/malformed|not a database/.test(message)) throw new StorageError(`${file} is damaged: ${message}`);
    if (/locked|busy/.test(message)) throw new StorageError(`${file} is locked by another program`);
    if (/readonly|read-only/.test(message)) throw new StorageError(`${file} cannot be written: ${message}`);
    throw new StorageError(`cannot open ${file}: ${message}`);
  }
}
