import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FilterOptions } from "../protocol/filter.ts";
import { MemoryRepository } from "./memory.ts";
import type { Repository, StorageError } from "./repository.ts";
import { DATABASE_FILE } from "./sqlite/open.ts";
import { SqliteRepository } from "./sqlite/sqlite_repository.ts";

export interface RepositoryPlace extends FilterOptions {
  readonly engine: "sqlite" | "postgres" | "memory";
  /** Where SQLite keeps its files. */
  readonly directory: string;
  /** Threads that answer SQLite's queries. */
  readonly readers: number;
  /** URL of the PostgreSQL server that is read, and written too unless there is another for that. */
  readonly connection?: string | undefined;
  readonly connectionWrite?: string | undefined;
  /** Connections to PostgreSQL that answer queries. */
  readonly poolSize: number;
  /** After which PostgreSQL gives up a statement; 0 is never. */
  readonly statementTimeoutSeconds: number;
  /** Whether to open although the PostgreSQL server is away, and go on trying. Default: that is an error. */
  readonly patient?: boolean;
  /** Told once each time that the store can't be used as it should, and (undefined) when it can again. */
  readonly report?: (fault: StorageError | undefined) => void;
  /** The time in seconds, for NIP-40. Default: the system's. */
  readonly now?: () => number;
}

/**
 * Opens the store that the configuration names.
 * @throws {StorageError} when it can't be opened; it is left untouched then.
 */
export async function openRepository(
  { engine, directory, ...options }: RepositoryPlace,
): Promise<Repository> {
  switch (engine) {
    case "memory":
      return new MemoryRepository(options);
    case "sqlite":
      return await SqliteRepository.open(directory, options);
    case "postgres": {
      const { PostgresRepository } = await import("./postgres/postgres_repository.ts");
      return await PostgresRepository.open(options);
    }
  }
}

/** Whether there is a store to be opened, where opening would make one: SQLite's file. */
export function exists({ engine, directory }: RepositoryPlace): boolean {
  return engine !== "sqlite" || existsSync(join(directory, DATABASE_FILE));
}
