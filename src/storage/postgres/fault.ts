import { StorageError } from "../repository.ts";

/**
 * What clients and /health are told of a failure, by the SQLSTATE or the driver's or socket's code. The first
 * that fits.
 */
const EXPLANATIONS: readonly (readonly [codes: RegExp, explanation: string])[] = [
  [/^(57014|55P03|40P01)$/, "the store took too long"],
  [/^25006$/, "the store is read-only at present"],
  [/^53[12]/, "the store is full"],
  [/^55000$/, "the store's replica is not ready"],
  [/^53300$/, "the store has no connection left for this relay"],
  [/^ETIMEDOUT$/, "the store does not answer"],
  [/^(28|3D000)/, "the store refuses this relay"],
];

/** Codes of a connection that is lost, or was never made: SQLSTATE, the driver's own, those of sockets. */
const LOST = /^(08|57P0[1-5]|CONNECT|E(?!RR_)[A-Z_]+$)/;

/** SQLSTATE of what an event itself can cause: data, constraints, program limits. */
const OF_THE_EVENT = /^(22|23|54)/;

/** SQLSTATE of what may be right later without anybody's doing: load, locks, a server that is read-only yet. */
const PASSING = /^(25006|40|53|55|57|58)/;

/** In words for the operator: no parameters, no statement, no password. */
export function storageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const { message } = error as { message?: string };
  const code = codeOf(error);
  const explanation = EXPLANATIONS.find(([codes]) => codes.test(code))?.[1] ??
    (LOST.test(code) ? "the store cannot be reached" : undefined);
  return new StorageError(`PostgreSQL: ${message || code || "it failed and did not say why"}`, {
    cause: error,
    explanation,
  });
}

/** The failure of a server that has let a statement wait for so many milliseconds. */
export function unanswered(milliseconds: number): StorageError {
  const message = `it did not answer within ${milliseconds / 1000} s`;
  return storageError(Object.assign(new Error(message), { code: "ETIMEDOUT" }));
}

/** Whether the server could not be reached, or did not answer: see Watch. */
export const isAway = (error: unknown): boolean => LOST.test(codeOf((error as Error).cause));

/** Whether the connection was lost, so that the same may succeed on another; a silent server is not asked again. */
export const isLost = (error: unknown): boolean =>
  isAway(error) && codeOf((error as Error).cause) !== "ETIMEDOUT";

/** Whether a batch may have failed for one of its events. */
export const isOfTheEvent = (error: unknown): boolean => OF_THE_EVENT.test(codeOf((error as Error).cause));

/** Whether a failure may pass by itself; else the operator must mend something. */
export const isPassing = (error: unknown): boolean =>
  isAway(error) || PASSING.test(codeOf((error as Error).cause));

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "";
}
