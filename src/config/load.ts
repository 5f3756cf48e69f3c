import { checks } from "./checks.ts";
import { settleDatabase } from "./database.ts";
import { ConfigError } from "./error.ts";
import type { Config } from "./schema.ts";
import { findKey, keysBySection, type Setting } from "./setting.ts";
import { isTable } from "./shape.ts";
import { type ConfigFlags, misfit, readEnvironment, readFile, readFlags, type Reading } from "./sources.ts";

export interface ConfigSources {
  /** What the file is called in messages. Default "config.toml". */
  readonly file?: string;
  /** The file's TOML; undefined when there is none. */
  readonly text?: string;
  /** Looked at: what starts with `NOSTR__`, and for PostgreSQL DATABASE_URL, PGHOST and PGSSLMODE. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly flags?: ConfigFlags;
  /** Whether SQLite can keep its files here. Default true. */
  readonly hasFiles?: boolean;
}

/**
 * Settles the configuration: defaults, then the file, then the environment, then the flags. What an
 * earlier source says must be right even where a later one overrides it.
 * @throws {ConfigError} that lists every problem of every source.
 */
export function loadConfig(
  { file = "config.toml", text, environment = {}, flags = {}, hasFiles = true }: ConfigSources,
): Config {
  const readings: Reading[] = [readFile(text ?? "", file), readEnvironment(environment), readFlags(flags)];
  const problems = readings.flatMap((reading) => reading.problems);
  const values = new Map(
    [...keysBySection].map(([section, keys]) => [
      section,
      Object.fromEntries([...keys].map(([name, key]) => [name, key.default])),
    ]),
  );
  const wrong = new Set<string>();
  const settings = readings.flatMap((reading) => reading.settings);
  for (const setting of settings) {
    const { section, name } = setting;
    const found = misfits(setting, values.get(section)!);
    if (found.length > 0) wrong.add(`${section}.${name}`);
    problems.push(...found);
  }
  // The only step that the compiler cannot follow: the schema decides both the values and the type.
  const config = Object.fromEntries(values) as unknown as Config;
  for (const check of checks) {
    const problem = check.of.some((name) => wrong.has(name)) ? undefined : check.problem(config);
    if (problem !== undefined) problems.push(problem);
  }
  const engineIsSet = settings.some(({ section, name }) => section === "database" && name === "engine");
  const database = wrong.has("database.connection")
    ? config.database
    : settleDatabase(config.database, { environment, hasFiles, engineIsSet });
  if (typeof database === "string") problems.push(database);
  else if (problems.length === 0) return { ...config, database };
  throw new ConfigError(problems);
}

/** Puts a setting in its place and answers what in it does not fit. */
function misfits({ section, name, value, source }: Setting, values: Record<string, unknown>): string[] {
  const problems: string[] = [];
  const { shape, secret } = findKey(section, name)!;
  const read = shape.read(value, (at, got, expected) => {
    const place = `${section}.${name}${at}`;
    problems.push(
      secret ? `${place} (${source}): expected ${expected}` : misfit(place, source, got, expected),
    );
  });
  if (problems.length === 0) {
    values[name] = isTable(read) && isTable(values[name]) ? { ...values[name], ...read } : read;
  }
  return problems;
}
