import process from "node:process";
import { ConfigError } from "../config/error.ts";
import { type ConfigFileOptions, readConfigFile } from "../config/file.ts";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { createVerifier } from "../crypto/create_verifier.ts";
import type { VerifiedEvent } from "../protocol/event.ts";
import { type Filter, readFilter } from "../protocol/filter.ts";
import { VANISH } from "../protocol/kind.ts";
import { Rejection } from "../protocol/reason.ts";
import { concernsThisRelay } from "../protocol/vanishing.ts";
import { openRepository } from "../storage/open_repository.ts";
import { StorageError } from "../storage/repository.ts";
import { Levelling } from "../sync/levelling.ts";
import { SyncPool } from "../sync/pool.ts";
import { RemoteError, RemoteRelay } from "../sync/remote_relay.ts";
import { takeVerified } from "../sync/take.ts";
import { type Synchronisation, UsageError } from "./arguments.ts";
import { ProgressDisplay, type Screen } from "./progress.ts";
import { found, isLevel, received, sent, traffic } from "./sync_report.ts";

export interface SyncOptions extends ConfigFileOptions {
  /** Takes a line or more for standard output. */
  print(text: string): void;
  /** Takes a line or more for standard error. */
  complain(text: string): void;
  readonly screen: Screen;
  /** Aborting stops it; what is stored stays. */
  readonly signal: AbortSignal;
}

/** Records that fit into a RecordSet: this process has nothing else to hold. */
const MOST_RECORDS = 2_000_000;

/**
 * `longneck sync`: brings the configured store level with another relay (NIP-77). Answers the exit code: 0 when
 * both have all that either may have.
 * @throws {UsageError} when the filter is none.
 */
export async function sync(asked: Synchronisation, options: SyncOptions): Promise<0 | 1> {
  const asSent = parsed(asked.filter);
  try {
    const config = loadConfig({
      ...readConfigFile(asked.config, options),
      environment: process.env,
      flags: asked.flags,
    });
    return await level(config, { ...asked, filter: filterOf(asSent, config), asSent }, options);
  } catch (error) {
    if (!options.signal.aborted && !isExpected(error)) throw error;
    options.complain(options.signal.aborted ? "Stopped. What is stored stays." : (error as Error).message);
    return 1;
  }
}

const isExpected = (error: unknown): boolean =>
  [ConfigError, StorageError, RemoteError, Rejection].some((expected) => error instanceof expected);

function parsed(filter: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(filter);
  } catch {
    throw new UsageError(`--filter is not JSON: ${filter}`);
  }
}

function filterOf(asSent: unknown, { options }: Config): Filter {
  try {
    return readFilter(asSent, { andTags: options.and_tags });
  } catch (error) {
    if (error instanceof Rejection) throw new UsageError(`--filter: ${error.sentence}`);
    throw error;
  }
}

type Task = Pick<Synchronisation, "url" | "direction"> & Pick<Levelling["options"], "filter" | "asSent">;

async function level(
  { info, database, performance, authorization }: Config,
  task: Task,
  options: SyncOptions,
): Promise<0 | 1> {
  const { print, screen, signal } = options;
  const repository = await openRepository({
    engine: database.engine,
    directory: database.data_directory,
    readers: 1,
    connection: database.connection,
    connectionWrite: database.connection_write,
    poolSize: 2,
    statementTimeoutSeconds: 0,
  });
  try {
    using verifier = Object.assign(
      await createVerifier({ engine: performance.verifier, threads: performance.verifier_threads }),
      { [Symbol.dispose]: () => verifier.close() },
    );
    await using remote = await RemoteRelay.connect(task.url, signal);
    const has = repository.has.bind(repository);
    const save = (event: VerifiedEvent): Promise<string> =>
      isForOthers(event, info.relay_url) ? Promise.resolve("for other relays") : repository.save(event);
    const local = {
      identify: repository.identify.bind(repository),
      find: repository.find.bind(repository),
      take: (given: unknown) => takeVerified(given, { verifier, has, save, now }),
    };
    const pool = new SyncPool(MOST_RECORDS);
    const levelling = new Levelling(remote, local, {
      ...task,
      pool,
      most: MOST_RECORDS,
      privateKinds: authorization.private_kinds,
    });
    await levelling.compare(signal);
    print(found(levelling));
    try {
      using _shown = new ProgressDisplay(screen, levelling.total, () => levelling.done);
      await levelling.carry(signal);
    } finally {
      for (const line of [received(levelling), sent(levelling), traffic(remote)]) if (line) print(line);
    }
    return isLevel(levelling) ? 0 : 1;
  } finally {
    await repository.close();
  }
}

const now = (): number => Math.floor(Date.now() / 1000);

/** NIP-62: whoever has asked another relay to vanish from there may stay here. */
const isForOthers = ({ event }: VerifiedEvent, relayUrl: string | undefined): boolean =>
  event.kind === VANISH && !concernsThisRelay(event, relayUrl);
