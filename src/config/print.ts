import { stringify } from "smol-toml";
import { type Config, schema } from "./schema.ts";
import { findKey } from "./setting.ts";

/** The configuration as TOML: every key that has a value, secrets masked. */
export function configToml(config: Config): string {
  const sections = Object.keys(schema).map((section) => {
    const values = Object.entries(config[section as keyof Config]).filter(([, value]) => value !== undefined);
    const masked = values.map(([name, value]) => [name, findKey(section, name)?.secret ? "(hidden)" : value]);
    return [section, Object.fromEntries(masked)];
  });
  return stringify(Object.fromEntries(sections));
}
