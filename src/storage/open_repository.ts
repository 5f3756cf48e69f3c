import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FilterOptions } from "../protocol/filter.ts";
import { MemoryRepository } from "./memory.ts";
import type { ServerOptions } from "./postgres/servers.ts";
import type { Repository } from "./repository.ts";
import { DATABASE_FILE } from "./sqlite/open.ts";
import { SqliteRepository } from "./sqlite/sqlite_repository.ts";

/** Which engine, and what it needs: `ServerOptions` are for PostgreSQL alone. */
export interface RepositoryPlace extends FilterOptions, ServerOptions {
  readonly engine: "sqlite" | "postgres" | "memory";
  /** Where SQLite keeps its files. */
  readonly directory: string;
  /** Threads that answer SQLite's queries. */
  readonly readers: number;
  /** Memory for the JSON of events; of each of SQLite's readers. Unset: the engine knows. Not for `memory`. */
  readonly eventCacheBytes?: number | undefined;
  /** Whether most sockets take UTF-8: see `findEncoded`. Default false. */
  readonly utf8?: boolean | undefined;
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
