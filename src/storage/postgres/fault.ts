import postgres from "postgres";
import { StorageError } from "../repository.ts";

/** SQLSTATE classes and codes of a server that is away, or going, or asks to try again. */
const PASSING = /^(08|57P0[123]|53300|40001|40P01)/;

/** Whether a failure is of the connection or of the moment, so that the same may succeed later. */
export function isPassing(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  if (error instanceof postgres.PostgresError) return PASSING.test(error.code);
  // The driver's own failures and those of sockets have names for codes.
  return typeof code === "string" && /^(CONNECT|E[A-Z]+$)/.test(code);
}

/** In words for the operator: no parameters, no statement, no password. */
export function storageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const { code, message } = error as { code?: unknown; message?: string };
  return new StorageError(`PostgreSQL: ${message || code || "it failed and did not say why"}`, {
    cause: error,
  });
}
