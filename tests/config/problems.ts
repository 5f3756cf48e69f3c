import { ConfigError } from "../../src/config/error.ts";
import { type ConfigSources, loadConfig } from "../../src/config/load.ts";

/** What is wrong with a configuration; nothing when it loads. */
export function problems(sources: ConfigSources): readonly string[] {
  try {
    loadConfig(sources);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
