import { ConfigError } from "../config/error.ts";
import { type ConfigFileOptions, readConfigFile } from "../config/file.ts";
import { loadConfig } from "../config/load.ts";
import { configToml } from "../config/print.ts";
import type { Arguments } from "./arguments.ts";

export interface ConfigCheckOptions extends ConfigFileOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Takes a line or more for standard output. */
  print(text: string): void;
  /** Takes a line or more for standard error. */
  complain(text: string): void;
}

/**
 * `longneck config check`: prints the settings that `serve` would run with, or all that is wrong with them.
 * Answers the exit code.
 */
export function checkConfig({ config, flags }: Arguments, options: ConfigCheckOptions): 0 | 1 {
  try {
    const { environment } = options;
    const effective = loadConfig({ ...readConfigFile(config, options), environment, flags });
    options.print(configToml(effective).trimEnd());
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    options.complain(error.message);
    return 1;
  }
}
