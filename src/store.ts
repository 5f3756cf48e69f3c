import type { Config } from "./config/schema.ts";
import { logger } from "./observe/logging.ts";
import { openRepository } from "./storage/open_repository.ts";
import type { Repository, StorageError } from "./storage/repository.ts";

/**
 * Opens the store of the configuration. A server that is away is waited for in the background.
 * @throws {StorageError} when it can't be opened.
 */
export function openStore({ database, performance, options, search, network }: Config): Promise<Repository> {
  return openRepository({
    engine: database.engine,
    directory: database.data_directory,
    readers: performance.reader_threads,
    eventCacheBytes: inBytes(performance.event_cache_mib),
    utf8: network.websocket === "ws" && !network.compression, // other sockets encode text themselves
    connection: database.connection,
    connectionWrite: database.connection_write,
    poolSize: database.pool_size,
    statementTimeoutSeconds: database.statement_timeout_seconds,
    prefixes: options.prefix_search,
    searchKinds: search.enabled ? search.kinds : undefined,
    patient: true,
    report,
  });
}

const inBytes = (mib: number | undefined) => mib === undefined ? undefined : mib * 1024 * 1024;

/**
 * NIP-40: what has expired goes for good. It was hidden from its second on. NIP-62: what a crash has left of those who
 * asked to vanish goes too.
 */
export async function sweep(repository: Repository): Promise<void> {
  if (repository.problem !== undefined) return; // the operator knows
  const log = logger("storage");
  try {
    const removed = await repository.removeExpired();
    if (removed > 0) log.info("removed {removed} expired events", { removed });
    await repository.removeVanished();
  } catch (error) {
    log.error("could not remove what has expired or vanished: {error}", { error });
  }
}

/** The store's ups and downs, for the operator. */
function report(fault: StorageError | undefined): void {
  const log = logger("storage");
  if (!fault) return log.info("the store can be used again");
  log.error("{problem}: {fault}", { problem: fault.explanation ?? "the store failed", fault: fault.message });
}
