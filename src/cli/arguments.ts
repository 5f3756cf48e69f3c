import { parseArgs } from "node:util";
import type { ConfigFlags } from "../config/sources.ts";

export type Command = "serve" | "config check" | "help" | "version";

export interface Arguments {
  readonly command: Command;
  /** The file that `--config` names. */
  readonly config?: string;
  readonly flags: ConfigFlags;
}

export const USAGE = `Usage: longneck [command] [flags]

Commands:
  serve           run the relay (the default)
  config check    say what is wrong with the configuration, or print it

Flags:
  --config FILE   read this file (default ./config.toml, if there is one)
  --db DIR|URL    keep events in this folder; or sqlite:DIR, memory:
  --address A     listen on this address
  --port N        listen on this port; 0 for any that is free
  --help          print this
  --version       print the version

Every setting of the file has an environment variable too: NOSTR__NETWORK__PORT=8080.
`;

/** The command line makes no sense. The message is one sentence; print {@link USAGE} below it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Reads the command line, without the runtime's and the script's names.
 * @throws {UsageError} for an unknown command or flag, or a flag without its value.
 */
export function parseArguments(args: readonly string[]): Arguments {
  const { values: { config, db, address, port, help, version }, positionals } = parse(args);
  const command = positionals.join(" ") || "serve";
  if (command !== "serve" && command !== "config check") {
    throw new UsageError(`Cannot run "${command}": there is no such command`);
  }
  return {
    command: help ? "help" : version ? "version" : command,
    ...(config === undefined ? {} : { config }),
    flags: {
      ...(db === undefined ? {} : { db }),
      ...(address === undefined ? {} : { address }),
      ...(port === undefined ? {} : { port }),
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: "string" },
        db: { type: "string" },
        address: { type: "string" },
        port: { type: "string" },
        help: { type: "boolean" },
        version: { type: "boolean" },
      },
    });
  } catch (error) {
    // The first sentence says what is wrong; the rest is advice that does not suit these commands.
    throw new UsageError(error instanceof Error ? error.message.split(/\.\s/, 1)[0]! : String(error));
  }
}
