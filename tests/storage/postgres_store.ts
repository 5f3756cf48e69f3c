import { PostgresRepository } from "../../src/storage/postgres/postgres_repository.ts";
import { freshDatabase } from "../fixtures/postgres.ts";
import { type OpenStore, Store } from "./stores.ts";

/** In a database of its own on the tests' server. Apart from the other stores, for those that need no server. */
export const openPostgres: OpenStore = async (options) => {
  const database = await freshDatabase();
  const place = { connection: database.url, poolSize: 4, statementTimeoutSeconds: 30 };
  const repository = await PostgresRepository.open({ ...place, ...options });
  return new Store(repository, () => database[Symbol.asyncDispose]());
};
