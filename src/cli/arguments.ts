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
  migrate         carry all events from one store to another; again to go on where it broke off
  sync URL        bring the store level with the relay at this ws:// or wss:// URL (NIP-77)

Flags:
  --config FILE   read this file (default ./config.toml, if there is one)
  --db DIR|URL    keep events in this folder; or sqlite:DIR, postgres://…, memory:
  --address A     listen on this address
  --port N        listen on this port; 0 for any that is free
  --from DIR|URL  migrate: the store to read
  --to DIR|URL    migrate: the store to write
  --filter JSON   sync: only events that pass this filter (default {}: all)
  --dir DIRECTION sync: up sends, down receives, both does both (the default)
  --help          print this
  --version       print the version

Every setting of the file has an environment variable too: NOSTR__NETWORK__PORT=8080.
`;

/** From which store to which, as typed: a folder or a URL each. */
export interface Migration {
  readonly command: "migrate";
  readonly from: string;
  readonly to: string;
}

/** With which relay to be level, and in what. */
export interface Synchronisation {
  readonly command: "sync";
  readonly url: string;
  /** As typed. */
  readonly filter: string;
  readonly direction: "up" | "down" | "both";
  readonly config?: string;
  readonly flags: ConfigFlags;
}

/** The command line makes no sense. The message is one sentence; print {@link USAGE} below it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Reads the command line, without the runtime's and the script's names.
 * @throws {UsageError} for an unknown command or flag, a flag without its value, or one that the command has no
 * use for.
 */
export function parseArguments(args: readonly string[]): Arguments | Migration | Synchronisation {
  const { values, positionals } = parse(args);
  const { config, from, to, filter, dir, help, version, ...flags } = values;
  const command = positionals[0] === "sync" ? "sync" : positionals.join(" ") || "serve";
  if (help || version) return { command: help ? "help" : "version", flags: {} };
  if (command === "migrate") {
    refuse(command, { config, filter, dir, ...flags });
    if (from === undefined || to === undefined) throw new UsageError("migrate needs --from and --to");
    return { command, from, to };
  }
  if (command === "sync") {
    const { db, ...others } = flags;
    refuse(command, { from, to, ...others });
    return {
      command,
      url: relayUrl(positionals.slice(1)),
      filter: filter ?? "{}",
      direction: direction(dir),
      config,
      flags: { db },
    };
  }
  if (command !== "serve" && command !== "config check") {
    throw new UsageError(`Cannot run "${command}": there is no such command`);
  }
  refuse(command, { from, to, filter, dir });
  return { command, ...(config === undefined ? {} : { config }), flags };
}

function relayUrl([url, ...rest]: readonly string[]): string {
  if (url !== undefined && rest.length === 0 && URL.canParse(url) && /^wss?:$/.test(new URL(url).protocol)) {
    return url;
  }
  throw new UsageError("sync needs one ws:// or wss:// URL");
}

function direction(given = "both"): Synchronisation["direction"] {
  if (given === "up" || given === "down" || given === "both") return given;
  throw new UsageError(`--dir is up, down or both, not ${given}`);
}

/** Refuses flags that belong to other commands. */
function refuse(command: string, flags: Readonly<Record<string, string | undefined>>): void {
  const [name] = Object.keys(flags).filter((name) => flags[name] !== undefined);
  if (name !== undefined) throw new UsageError(`--${name} is of no use to ${command}`);
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
        from: { type: "string" },
        to: { type: "string" },
        filter: { type: "string" },
        dir: { type: "string" },
        help: { type: "boolean" },
        version: { type: "boolean" },
      },
    });
  } catch (error) {
    // The first sentence says what is wrong; the rest is advice that does not suit these commands.
    throw new UsageError(error instanceof Error ? error.message.split(/\.\s/, 1)[0]! : String(error));
  }
}
