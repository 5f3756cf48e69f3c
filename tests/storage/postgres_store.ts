import { type PostgresOptions, PostgresRepository } from "../../src/storage/postgres/postgres_repository.ts";
import { freshDatabase } from "../fixtures/postgres.ts";
import { type OpenStore, Store } from "./stores.ts";

/** In a database of its own on the tests' server. Apart from the other stores, for those that need no server. */
export const openPostgres: OpenStore = async ({ now, prefixes, searchKinds } = {}) => {
  const database = await freshDatabase();
  const repository = await openDatabase(database.url, { now, prefixes, searchKinds });
  return new Store(repository, () => database[Symbol.asyncDispose]());
};

/** In this database, with whatever is in it. */
export function openDatabase(
  connection: string,
  options: Partial<PostgresOptions> = {},
): Promise<PostgresRepository> {
  return PostgresRepository.open({ connection, poolSize: 4, statementTimeoutSeconds: 30, ...options });
}
