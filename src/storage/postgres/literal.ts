/**
 * Arrays in PostgreSQL's own text form, as parameters. The driver's way of writing them asks the server for
 * their types first and costs several times as much for thousands of events.
 */

/** Of bytea, from hex digits; null stays null. */
export function bytes(hex: readonly (string | null)[]): string {
  return `{${hex.map((digits) => digits === null ? "NULL" : `"\\\\x${digits}"`).join()}}`;
}

/** Of UUIDs, from hex digits. */
export function uuids(hex: readonly string[]): string {
  return `{${hex.join()}}`;
}

/** Of numbers; null stays null. */
export function numbers(values: readonly (number | null)[]): string {
  return `{${values.map((value) => value ?? "NULL").join()}}`;
}
