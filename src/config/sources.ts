import { parse, TomlError } from "smol-toml";
import { display } from "./error.ts";
import { findKey, keysBySection, type Setting, unknownKey } from "./setting.ts";
import { isTable } from "./shape.ts";

/** What the command line may set; as typed. */
export interface ConfigFlags {
  /** A folder, or a URL as `database.connection` takes it. */
  readonly db?: string;
  readonly port?: string;
  readonly address?: string;
}

/** What a source says, and what in it names no setting. */
export interface Reading {
  readonly settings: readonly Setting[];
  readonly problems: readonly string[];
}

export function readFile(text: string, file: string): Reading {
  const settings: Setting[] = [];
  const problems: string[] = [];
  for (const [section, table] of Object.entries(parseToml(text, file, problems))) {
    if (!keysBySection.has(section)) {
      problems.push(unknownKey(section, file));
    } else if (!isTable(table)) {
      problems.push(`${section} (${file}): expected a section [${section}]`);
    } else {
      for (const [name, value] of Object.entries(table)) {
        if (findKey(section, name)) settings.push({ section, name, value, source: file });
        else problems.push(unknownKey(`${section}.${name}`, file));
      }
    }
  }
  return { settings, problems };
}

/** The parser's message quotes lines of the file, where a secret may be: only its first line is used. */
function parseToml(text: string, file: string, problems: string[]): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const what = error.message.split("\n", 1)[0]!.replace("Invalid TOML document: ", "");
    problems.push(`${file}, line ${error.line}, column ${error.column}: ${what}`);
    return {};
  }
}

/** Reads `NOSTR__SECTION__KEY=value`. An empty value counts as not set, as compose files leave it. */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): Reading {
  const settings: Setting[] = [];
  const problems: string[] = [];
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith("NOSTR__") || text === undefined) continue;
    const source = `environment ${variable}`;
    const [section = "", name = "", ...entry] = variable.slice("NOSTR__".length).toLowerCase().split("__");
    const key = findKey(section, name);
    if (!key || entry.length > (key.shape.entry ? 1 : 0)) {
      const written = [section, name, ...entry].filter((part) => part !== "").join(".");
      problems.push(unknownKey(written, source));
    } else if (text !== "") {
      const value = entry.length === 0
        ? key.shape.fromText(text)
        : { [entry[0]!]: key.shape.entry!.fromText(text) };
      settings.push({ section, name, value, source });
    }
  }
  return { settings, problems };
}

export function readFlags({ db, port, address }: ConfigFlags): Reading {
  const settings: Setting[] = [];
  const add = (flag: string, section: string, name: string, text: string | undefined) => {
    if (text === undefined) return;
    settings.push({
      section,
      name,
      value: findKey(section, name)!.shape.fromText(text),
      source: `flag --${flag}`,
    });
  };
  // Two letters at least, so that a Windows drive is a folder.
  const isUrl = db !== undefined && /^[a-z][a-z\d+.-]+:/i.test(db);
  add("db", "database", "connection", isUrl || db === undefined ? db : `sqlite:${db}`);
  add("port", "network", "port", port);
  add("address", "network", "address", address);
  return { settings, problems: [] };
}

/** How a message tells that a value does not fit. */
export const misfit = (place: string, source: string, got: unknown, expected: string): string =>
  `${place} (${source}): got ${display(got)}, expected ${expected}`;
