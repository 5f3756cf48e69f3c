import process from "node:process";
import { ConfigError } from "../config/error.ts";
import { SERVER_URL } from "../config/database.ts";
import { readConfigFile } from "../config/file.ts";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { version } from "../config/version.ts";
import { closeLogging, configureLogging, logger } from "../observe/logging.ts";
import { type Relay, startRelay } from "../relay.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Arguments } from "./arguments.ts";
import { stopSignal } from "./stop_signal.ts";
import { storeName } from "./store_name.ts";

/** Milliseconds that an orderly stop may take in all; a service manager kills what takes longer. */
const STOP_LIMIT = 10_000;

/** `longneck serve`: runs the relay until a signal ends it. Answers the exit code. */
export async function serve({ config: file, flags }: Arguments, runtime: Runtime): Promise<number> {
  const log = logger("relay");
  try {
    const { env: environment } = process;
    const hasFiles = runtime.hasThreads && !onDenoDeploy(environment);
    const asked = loadConfig({ ...readConfigFile(file, runtime), environment, flags, hasFiles });
    if (!hasFiles) mustNotNeedFiles(asked);
    const config = runtime.hasThreads ? asked : withoutThreads(asked);
    await startLogging(config.logging);
    const signal = stopSignal();
    const relay = await startRelay(config, runtime);
    introduce(relay, config, runtime);
    log.info("{signal}: stopping", { signal: await signal });
    await within(STOP_LIMIT, relay.stop());
    log.info("stopped");
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof ConfigError) console.error(message);
    else log.fatal("{message}", { message });
    return 1;
  } finally {
    await closeLogging();
  }
}

/** What goes wrong here can't be logged: it is an error of the configuration. */
async function startLogging(logging: Config["logging"]): Promise<void> {
  try {
    await configureLogging(logging);
  } catch (error) {
    const { message } = error as Error; // without the path, as Deno tells it
    throw new ConfigError([`logging.folder_path: cannot write to ${logging.folder_path}: ${message}`]);
  }
}

/** Deno Deploy has files, but they go with the instance that wrote them. */
const onDenoDeploy = ({ DENO_DEPLOYMENT_ID }: typeof process.env): boolean =>
  DENO_DEPLOYMENT_ID !== undefined;

function mustNotNeedFiles({ database }: Config): void {
  if (database.engine !== "sqlite") return;
  throw new ConfigError([
    "database.engine: SQLite needs threads, and files that last, which are not to be had here. To keep events in " +
    `PostgreSQL, set NOSTR__DATABASE__CONNECTION or DATABASE_URL to ${SERVER_URL}; in memory only, set ` +
    "NOSTR__DATABASE__ENGINE=memory; or let Deno have files: --allow-read --allow-write=./data",
  ]);
}

/** A host without threads does in place what they would do. */
function withoutThreads(config: Config): Config {
  return { ...config, performance: { ...config.performance, verifier_threads: 0 } };
}

/** Says where the relay listens, which store it has and how it verifies. */
function introduce(relay: Relay, { database, network, metrics }: Config, { name }: Runtime): void {
  const log = logger("relay");
  log.info("Longneck {version} on {runtime}", { version, runtime: name });
  log.info("store: {store}", { store: storeName(database, process.env) });
  log.info("verifier: {verifier}", { verifier: relay.verifier });
  if (relay.metricsPort !== undefined) {
    const url = `http://${authority(metrics.address ?? network.address, relay.metricsPort)}/metrics`;
    log.info("metrics on {url}", { url });
  }
  // The last lines: whoever waits for them finds everything ready.
  if (relay.unixSocket !== undefined) log.info("listening on unix:{path}", { path: relay.unixSocket });
  if (relay.tcp) {
    const { address, port } = relay.tcp;
    log.info("listening on {url}", { url: `ws://${authority(address, port)}${network.path}` });
  }
}

const authority = (address: string, port: number): string =>
  `${address.includes(":") ? `[${address}]` : address}:${port}`;

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("could not stop in time")), milliseconds);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
