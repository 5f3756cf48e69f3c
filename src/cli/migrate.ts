import { realpathSync } from "node:fs";
import { ConfigError } from "../config/error.ts";
import { loadConfig } from "../config/load.ts";
import { Copy } from "../storage/copy.ts";
import { exists, openRepository, type RepositoryPlace } from "../storage/open_repository.ts";
import { type Repository, StorageError } from "../storage/repository.ts";
import { type Migration, UsageError } from "./arguments.ts";
import { type Counts, discrepancies, number, summary } from "./migrate_report.ts";
import { ProgressDisplay, type Screen } from "./progress.ts";

export interface MigrateOptions {
  /** Takes a line or more for standard output. */
  print(text: string): void;
  /** Takes a line or more for standard error. */
  complain(text: string): void;
  readonly screen: Screen;
  /** Aborting stops it in good order. */
  readonly signal: AbortSignal;
}

/** A time at which nothing has expired yet: every stored event shows, and is counted. */
const BEFORE_ALL_TIME = -1;

/** Single events that are complained of; what goes wrong with more is the same. */
const MOST_COMPLAINTS = 20;

const GO_ON = "What is stored stays: run the same command again, and it goes on from there.";

/**
 * `longneck migrate`: carries all events from one store to another, and compares how many both hold. Answers
 * the exit code: 0 when all is there.
 * @throws {UsageError} when a place is none that keeps events.
 */
export async function migrate({ from, to }: Migration, options: MigrateOptions): Promise<0 | 1> {
  const source = placeOf("--from", from), target = placeOf("--to", to);
  try {
    if (!exists(source)) throw new StorageError(`--from: there is no database in ${source.directory}`);
    if (isSame(source, target)) throw new StorageError("--from and --to name the same store");
    return await withRepository(
      "--from",
      source,
      (source) => withRepository("--to", target, (target) => carry(source, target, options)),
    );
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    options.complain(error.message);
    return 1;
  }
}

/**
 * The place that a flag names. A relay's settings are left out of it, for they speak of its own database; and
 * no statement is too long here.
 */
function placeOf(flag: string, url: string): RepositoryPlace {
  try {
    const { database } = loadConfig({ flags: { db: url } });
    const { engine, data_directory: directory, connection } = database;
    if (engine === "memory") {
      throw new UsageError(`${flag} ${url} keeps nothing: there is nothing to migrate`);
    }
    const options = { readers: 1, poolSize: 2, statementTimeoutSeconds: 0, now: () => BEFORE_ALL_TIME };
    return { engine, directory, connection, ...options };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UsageError(`${flag}: ${error.message.replace(/^.*\(flag --db\): /, "")}`);
  }
}

/** Whether both are one, as far as names tell. If one has two names, all its events are there already. */
function isSame(source: RepositoryPlace, target: RepositoryPlace): boolean {
  if (source.engine !== target.engine || !exists(target)) return false;
  if (source.engine === "postgres") return source.connection === target.connection;
  return realpathSync(source.directory) === realpathSync(target.directory);
}

async function withRepository<T>(
  flag: string,
  place: RepositoryPlace,
  work: (opened: Repository) => Promise<T>,
): Promise<T> {
  const repository = await naming(flag, openRepository(place));
  try {
    return await work(repository);
  } finally {
    await repository.close();
  }
}

/** Says which of the two stores has failed. */
async function naming<T>(flag: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    throw cause instanceof StorageError ? new StorageError(`${flag}: ${cause.message}`, { cause }) : cause;
  }
}

/** Carries and compares, and tells of it. Answers the exit code. */
async function carry(source: Repository, target: Repository, options: MigrateOptions): Promise<0 | 1> {
  const { print, complain, screen, signal } = options;
  let display: ProgressDisplay | undefined, complaints = 0;
  const copy = new Copy(source, target, {
    now: Math.floor(Date.now() / 1000),
    report(problem) {
      if (++complaints > MOST_COMPLAINTS) return;
      display?.clear();
      complain(problem);
    },
  });
  const count = async (): Promise<Counts> => {
    const inSource = naming("--from", source.count([{}], { signal }));
    const inTarget = naming("--to", target.count([{}], { signal }));
    const [from, to] = await Promise.all([inSource, inTarget]);
    return { source: from, target: to };
  };
  try {
    const before = await count();
    print(`The source holds ${number(before.source)} events, the target ${number(before.target)}.`);
    {
      using _shown = display = new ProgressDisplay(screen, before.source, () => copy.done);
      await copy.run(signal);
    }
    const after = await count();
    const wrong = discrepancies(copy.fates, before, after);
    print(summary(copy.fates));
    print(`The source holds ${number(after.source)} events now, the target ${number(after.target)}.`);
    for (const sentence of wrong) complain(sentence);
    if (wrong.length === 0) print("Everything is where it should be.");
    return wrong.length === 0 ? 0 : 1;
  } catch (error) {
    if (!signal.aborted && !(error instanceof StorageError)) throw error;
    if (display) print(summary(copy.fates));
    complain(`${signal.aborted ? "Stopped" : (error as Error).message}. ${GO_ON}`);
    return 1;
  }
}
