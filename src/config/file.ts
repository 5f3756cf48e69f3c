import { readFileSync } from "node:fs";
import { ConfigError } from "./error.ts";

/** Read from the working directory when no other file is named. */
export const DEFAULT_FILE = "./config.toml";

export interface ConfigFileOptions {
  /**
   * Whether reading the file needs no question to the user, who may not be there to answer. Default: it
   * doesn't.
   */
  readonly mayRead?: (path: string) => boolean;
}

/**
 * Reads the file that `--config` names; without one, ./config.toml, which need not exist or be readable.
 * @throws {ConfigError} when a named file can't be read.
 */
export function readConfigFile(
  named: string | undefined,
  { mayRead = () => true }: ConfigFileOptions = {},
): { file: string; text?: string } {
  const file = named ?? DEFAULT_FILE;
  if (named === undefined && !mayRead(file)) return { file };
  try {
    return { file, text: readFileSync(file, "utf8") };
  } catch (error) {
    if (named === undefined && isAbsent(error)) return { file };
    throw new ConfigError([
      `${file} can't be read: ${error instanceof Error ? error.message : String(error)}`,
    ]);
  }
}

/** No such file, or (NotCapable, of Deno) a runtime that gives no access to files. */
const isAbsent = (error: unknown): boolean =>
  error instanceof Error && (error.name === "NotCapable" || ("code" in error && error.code === "ENOENT"));
