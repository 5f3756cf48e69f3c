import postgres, { type Options, type Sql } from "postgres";

/** Milliseconds between attempts to reach a server that is away, at most. */
const LONGEST_BACKOFF = 1_000;

/** Seconds that an attempt to connect may take. */
const CONNECT_TIMEOUT = 10;

/**
 * The plans of our statements are written into them: a range of an index for each key. The planner, which knows
 * neither how few rows are wanted nor which values will be asked for, would at times rather sort a table. */
const PLANNING = {
  enable_seqscan: "off",
  enable_bitmapscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  jit: "off",
  plan_cache_mode: "force_generic_plan",
};

export interface PoolOptions {
  /** Connections at most; they open when they are needed. */
  readonly size: number;
  /** After which the server gives up on a statement; 0 is never. */
  readonly statementTimeoutSeconds: number;
  /**
   * Whether a connection may be given another statement before it has answered the last; a transaction of several
   * statements needs that.
   */
  readonly pipelined: boolean;
}

/**
 * A pool of connections; nothing connects yet.
 * @param url As postgres.js takes it; without one, its `PG…` variables in the environment are taken.
 */
export function connect(
  url: string | undefined,
  { size, statementTimeoutSeconds, pipelined }: PoolOptions,
): Sql {
  const options: Options<Record<string, never>> & { max_pipeline: number } = {
    max: size,
    max_pipeline: pipelined ? 100 : 0, // else a quick statement may wait behind a slow one while others idle
    fetch_types: false, // arrays go as text: see literal.ts
    connect_timeout: CONNECT_TIMEOUT,
    backoff: (retries: number) => Math.min(LONGEST_BACKOFF, 50 * 2 ** Math.min(retries, 10)) / 1000,
    connection: {
      ...PLANNING,
      application_name: "longneck",
      statement_timeout: statementTimeoutSeconds * 1000,
    },
    onnotice: () => {},
  };
  return url === undefined ? postgres(options) : postgres(url, options);
}
