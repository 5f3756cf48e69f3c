import type { FilterOptions } from "../protocol/filter.ts";
import { MemoryRepository } from "./memory.ts";
import type { Repository } from "./repository.ts";
import { SqliteRepository } from "./sqlite/sqlite_repository.ts";

export interface RepositoryPlace extends FilterOptions {
  readonly engine: "sqlite" | "memory";
  /** Where SQLite keeps its files. */
  readonly directory: string;
  /** Threads that answer queries. */
  readonly readers: number;
}

/**
 * Opens the store that the configuration names.
 * @throws {StorageError} when it can't be opened; it is left untouched then.
 */
export async function openRepository(
  { engine, directory, ...options }: RepositoryPlace,
): Promise<Repository> {
  return engine === "memory"
    ? new MemoryRepository(options)
    : await SqliteRepository.open(directory, options);
}
