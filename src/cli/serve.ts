import process from "node:process";
import { ConfigError } from "../config/error.ts";
import { readConfigFile } from "../config/file.ts";
import { loadConfig } from "../config/load.ts";
import { version } from "../config/version.ts";
import { closeLogging, configureLogging, logger } from "../observe/logging.ts";
import { startRelay } from "../relay.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Arguments } from "./arguments.ts";

/** `longneck serve`: runs the relay until a signal ends it. Answers the exit code. */
export async function serve({ config: file, flags }: Arguments, runtime: Runtime): Promise<number> {
  const log = logger("relay");
  try {
    const config = loadConfig({ ...readConfigFile(file, runtime), environment: process.env, flags });
    await configureLogging(config.logging);
    const { database } = config;
    const signal = nextSignal();
    const relay = await startRelay(config, runtime.listen);
    const store = database.engine === "sqlite"
      ? `SQLite in ${database.data_directory}`
      : "memory: nothing is kept";
    log.info("Longneck {version} on {runtime}", { version, runtime: runtime.name });
    log.info("store: {store}", { store });
    log.info("verifier: {verifier}", { verifier: relay.verifier });
    log.info("listening on ws://{address}:{port}{path}", {
      address: relay.address,
      port: relay.port,
      path: config.network.path,
    });
    log.info("{signal}: stopping", { signal: await signal });
    void nextSignal().then(() => process.exit(1));
    await relay.stop();
    log.info("stopped");
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof ConfigError) console.error(message);
    else log.fatal("cannot start: {message}", { message });
    return 1;
  } finally {
    await closeLogging();
  }
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    const on = (signal: string) => {
      for (const each of SIGNALS) process.off(each, on);
      resolve(signal);
    };
    for (const each of SIGNALS) process.on(each, on);
  });
}
