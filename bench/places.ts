import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { openRepository } from "../src/storage/open_repository.ts";
import type { Repository } from "../src/storage/repository.ts";
import { DATABASE_FILE } from "../src/storage/sqlite/open.ts";
import { PostgresServer } from "../tests/fixtures/postgres_server.ts";

export type PlaceName = "sqlite" | "postgres";

/** Where an engine keeps its events, empty at first and gone when disposed. */
export interface Place extends AsyncDisposable {
  /** The server's process, whose children serve. */
  readonly serverPid?: number;
  open(): Promise<Repository>;
  /** Bytes on disk. */
  size(): Promise<number>;
}

/** A PostgreSQL for measuring: its own defaults, durable commits, memory as a small machine would give it. */
export const startPostgres = (): Promise<PostgresServer> =>
  PostgresServer.start({ fsync: "on", synchronous_commit: "on", shared_buffers: "512MB" });

export async function databaseSize(url: string): Promise<number> {
  const sql = postgres(url, { max: 1, fetch_types: false });
  try {
    const [row] = await sql<[{ size: string }]>`SELECT pg_database_size(current_database()) AS size`;
    return Number(row.size);
  } finally {
    await sql.end();
  }
}

const DEFAULTS = { readers: 1, poolSize: 20, statementTimeoutSeconds: 30 };

/** @param searchKinds Kinds whose content is searched; unset: none. */
export async function openPlace(name: PlaceName, searchKinds?: readonly number[]): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), "longneck-bench-"));
  const remove = () => rmSync(directory, { recursive: true });
  const place = { ...DEFAULTS, engine: name, directory, searchKinds };
  if (name === "sqlite") {
    return {
      open: () => openRepository(place),
      size: () => Promise.resolve(statSync(join(directory, DATABASE_FILE)).size),
      [Symbol.asyncDispose]: () => Promise.resolve(remove()),
    };
  }
  const server = await startPostgres();
  return {
    serverPid: server.pid,
    open: () => openRepository({ ...place, connection: server.url }),
    size: () => databaseSize(server.url),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      remove();
    },
  };
}
