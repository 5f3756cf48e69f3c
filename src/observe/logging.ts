import { getTimeRotatingFileSink } from "@logtape/file";
import {
  configure,
  getConsoleSink,
  getLogger,
  type Logger,
  type LogLevel,
  reset,
  type Sink,
} from "@logtape/logtape";
import { jsonLine, textLine } from "./log_line.ts";

/** Section `[logging]` of the configuration. */
export interface LoggingOptions {
  readonly level: LogLevel;
  readonly format: "text" | "json";
  /** Levels of single rooms, which go before `level`. */
  readonly levels: Readonly<Record<string, LogLevel | undefined>>;
  /** Where a file a day is written, beside the terminal. Unset: the terminal only. */
  readonly folder_path?: string;
  /** Default "longneck": longneck-2026-01-31.log. */
  readonly file_prefix?: string;
}

const PROJECT = "longneck";

/** How long a line may wait before it is in the file, in milliseconds. */
const FLUSH_INTERVAL = 1_000;

/** The logger of a room: a folder of src/, or "relay". Silent until `configureLogging`. */
export const logger = (room: string): Logger => getLogger([PROJECT, room]);

/**
 * Sends what loggers say to the terminal (warnings and worse to standard error) and, with a folder, to
 * daily files. May be called again.
 * @throws When the folder can't be written to.
 */
export async function configureLogging(options: LoggingOptions): Promise<void> {
  const formatter = options.format === "json" ? jsonLine : textLine;
  const sinks: Record<string, Sink> = { terminal: getConsoleSink({ formatter }) };
  if (options.folder_path !== undefined) {
    sinks.files = dailyFiles(options.folder_path, options.file_prefix, formatter);
  }
  const all = Object.keys(sinks);
  const rooms = Object.entries(options.levels).flatMap(([room, level]) => level ? [{ room, level }] : []);
  await configure({
    reset: true,
    sinks,
    loggers: [
      { category: [PROJECT], sinks: all, lowestLevel: options.level },
      ...rooms.map(({ room, level }) => ({
        category: [PROJECT, room],
        sinks: all,
        parentSinks: "override" as const,
        lowestLevel: level,
      })),
      // LogTape's own complaints, e.g. of a full disk. The terminal only: the file may be what fails.
      { category: ["logtape", "meta"], sinks: ["terminal"], lowestLevel: "warning" },
    ],
  });
}

/** Writes what is waiting and closes the files. Afterwards loggers are silent. */
export const closeLogging = (): Promise<void> => reset();

function dailyFiles(directory: string, prefix = PROJECT, formatter: typeof textLine): Sink {
  const day = (date: Date) => {
    const [month, dayOfMonth] = [date.getMonth() + 1, date.getDate()].map((part) =>
      String(part).padStart(2, "0")
    );
    return `${prefix}-${date.getFullYear()}-${month}-${dayOfMonth}.log`;
  };
  return getTimeRotatingFileSink({
    directory,
    formatter,
    filename: day,
    interval: "daily",
    flushInterval: FLUSH_INTERVAL,
    nonBlocking: true, // a write to a slow disk must not hold up the relay
  });
}
