import type { Config } from "./schema.ts";

type Database = Config["database"];

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether SQLite can keep its files here. */
  readonly hasFiles: boolean;
  /** Whether any source sets `database.engine`. */
  readonly engineIsSet: boolean;
}

/** What a PostgreSQL server is called, for messages. */
export const SERVER_URL = "postgres://USER:PASSWORD@HOST:PORT/DATABASE";

/**
 * Settles which store is used and where it is. `database.connection` decides; without it PostgreSQL is where
 * the environment says, and the choice where there are no files and nobody sets an engine.
 * Answers what is wrong instead when no server is named, or one is named amiss.
 */
export function settleDatabase(database: Database, surroundings: Surroundings): Database | string {
  const { connection } = database;
  if (connection !== undefined) return { ...database, ...place(connection) };
  const { environment, hasFiles, engineIsSet } = surroundings;
  const { source, server } = serverOf(environment);
  const engine = engineIsSet || hasFiles || server === undefined ? database.engine : "postgres";
  if (engine !== "postgres") return database;
  if (server === undefined) {
    return `database.engine is "postgres", but nothing names the server: set database.connection ` +
      `(or NOSTR__DATABASE__CONNECTION) to ${SERVER_URL}, or the environment's DATABASE_URL or PGHOST`;
  }
  if (!isServerUrl(server)) return `${source} (environment): expected ${SERVER_URL}`;
  const parameter = unknownParameter(server);
  if (parameter !== undefined) return `${source} (environment): ${parameter}`;
  return { ...database, engine, connection: server };
}

function place(connection: string): Partial<Database> {
  if (connection === "memory:") return { engine: "memory" };
  if (isServerUrl(connection)) return { engine: "postgres" };
  // sqlite:DIR, and sqlite:///DIR as URLs are often written.
  return { engine: "sqlite", data_directory: connection.replace(/^sqlite:(\/\/)?/, "") };
}

/** As hosts that bring a database name it. What a URL leaves out, postgres.js takes from PGHOST and its like. */
function serverOf({ DATABASE_URL, PGHOST, PGSSLMODE }: Surroundings["environment"]) {
  if (DATABASE_URL) return { source: "DATABASE_URL", server: DATABASE_URL };
  if (!PGHOST) return {};
  return { source: "PGSSLMODE", server: `postgres://${PGSSLMODE ? `?sslmode=${PGSSLMODE}` : ""}` };
}

/**
 * Whether postgres.js can read it, several hosts included: HOST:PORT,HOST:PORT. What it can't read, it would
 * show with its password. It reads no IPv6 addresses.
 */
export function isServerUrl(text: string): boolean {
  const withOneHost = text.replace(/^([^/]*:\/\/(?:[^/?]*@)?[^/?,]*),[^/?]*/, "$1");
  return /^postgres(ql)?:\/\/[^\s[]*$/.test(text) && URL.canParse(withOneHost);
}

/** Parameters for other clients, which postgres.js would pass to the server, which refuses them. */
const UNKNOWN_PARAMETERS = ["channel_binding", "gssencmode", "sslcert", "sslcrl", "sslkey", "sslrootcert"];

/** What is wrong with the parameters of a server's URL; undefined when nothing is. */
export function unknownParameter(server: string): string | undefined {
  const given = new URLSearchParams(server.split("?")[1]);
  const unknown = UNKNOWN_PARAMETERS.find((name) => given.has(name));
  return unknown && `postgres.js does not know the parameter ${unknown}: leave it out`;
}
