import process from "node:process";
import { commit, version } from "../config/version.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { parseArguments, USAGE, UsageError } from "./arguments.ts";
import { checkConfig } from "./config_check.ts";
import { migrate } from "./migrate.ts";
import type { Screen } from "./progress.ts";
import { serve } from "./serve.ts";
import { abortOnStop } from "./stop_signal.ts";
import { sync } from "./sync.ts";

/** Runs the command that the command line names. Answers the exit code. */
export async function main(args: readonly string[], runtime: Runtime): Promise<number> {
  const print = (text: string) => console.log(text);
  const complain = (text: string) => console.error(text);
  try {
    const parsed = parseArguments(args);
    switch (parsed.command) {
      case "help":
        print(USAGE.trimEnd());
        return 0;
      case "version":
        print(
          `longneck ${version} (${[runtime.name, commit && `commit ${commit}`].filter(Boolean).join(", ")})`,
        );
        return 0;
      case "config check":
        return checkConfig(parsed, { environment: process.env, print, complain, mayRead: runtime.mayRead });
      case "migrate":
        return await migrate(parsed, { print, complain, screen: terminal(), signal: abortOnStop() });
      case "sync": {
        const { mayRead } = runtime;
        return await sync(parsed, { print, complain, screen: terminal(), signal: abortOnStop(), mayRead });
      }
      case "serve":
        return await serve(parsed, runtime);
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    complain(`${error.message}\n\n${USAGE.trimEnd()}`);
    return 2;
  }
}

/** Standard error: the other output is for what remains. A terminal that doesn't tell its width has 80 columns. */
function terminal(): Screen {
  const { stderr } = process;
  return { columns: stderr.isTTY ? stderr.columns || 80 : undefined, write: (text) => stderr.write(text) };
}
