import type { Config } from "../config/schema.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the store is called in the log: where it is, without user or password. */
export function storeName(
  { engine, data_directory, connection = "" }: Config["database"],
  env: Environment,
): string {
  switch (engine) {
    case "memory":
      return "memory: nothing is kept";
    case "sqlite":
      return `SQLite in ${data_directory}`;
    case "postgres":
      return `PostgreSQL at ${serverName(connection, env)}`;
  }
}

/** HOST:PORT/DATABASE, completed as postgres.js does it. */
function serverName(url: string, { PGHOST, PGPORT, PGDATABASE }: Environment): string {
  const [, hosts, database] = /^\w+:\/\/(?:[^/?]*@)?([^/?]*)(?:\/([^?]*))?/.exec(url) ?? [];
  const ports = (hosts || PGHOST || "localhost").split(",")
    .map((host) => host.includes(":") ? host : `${host}:${PGPORT || 5432}`);
  const named = database || PGDATABASE;
  return ports.join(",") + (named ? `/${named}` : "");
}
