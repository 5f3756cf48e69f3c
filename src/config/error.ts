/** The configuration can't be used. Lists everything that is wrong with it, never a secret's value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(readonly problems: readonly string[]) {
    super(problems.join("\n"));
  }
}

/** A value as messages show it, shortened. A password inside a URL is left out, whatever key it is under. */
export function display(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null && !(value instanceof Date)) return "a table";
  if (typeof value !== "string") return String(value);
  const safe = value.replace(/:\/\/\S*@/g, "://(hidden)@");
  return JSON.stringify(safe.length > 80 ? `${safe.slice(0, 80)}…` : safe);
}
