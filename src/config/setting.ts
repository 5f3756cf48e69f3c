import { nearest } from "./nearest.ts";
import { type Key, schema } from "./schema.ts";

/** One value that somebody gave, before it is checked. */
export interface Setting {
  readonly section: string;
  readonly name: string;
  readonly value: unknown;
  /** Where it was given, for messages: "config.toml", "environment NOSTR__NETWORK__PORT", "flag --port". */
  readonly source: string;
}

const sections = new Map(
  Object.entries(schema).map((
    [section, keys],
  ) => [section, new Map<string, Key<unknown>>(Object.entries(keys))]),
);

/** Every key by section; a Map, so that `__proto__` and `constructor` are no keys. */
export const keysBySection: ReadonlyMap<string, ReadonlyMap<string, Key<unknown>>> = sections;

export const findKey = (section: string, name: string): Key<unknown> | undefined =>
  sections.get(section)?.get(name);

/** Tells that a setting does not exist and which one may be meant; not its value, which may be a secret. */
export function unknownKey(written: string, source: string): string {
  const [section = "", ...rest] = written.split(".");
  const meant = rest.length === 0 ? nearest(section, sections.keys()) : nearestKey(section, rest.join("."));
  return `${written} (${source}) is not a setting${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

/** A key of the same name in another section is nearer than any other name. */
function nearestKey(section: string, name: string): string | undefined {
  const names = [...sections].flatMap(([section, keys]) =>
    [...keys.keys()].map((name) => `${section}.${name}`)
  );
  return names.find((full) => full.endsWith(`.${name}`)) ?? nearest(`${section}.${name}`, names);
}
