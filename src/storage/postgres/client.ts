import { Buffer } from "node:buffer";
import { connect as dial, type Socket } from "node:net";
import postgres, { type Options, type Sql } from "postgres";
import { isLost, storageError, unanswered } from "./fault.ts";

/**
 * The plans of our statements are written into them: a range of an index for each key. The planner, which knows
 * neither how few rows are wanted nor which values will be asked for, would at times rather sort a table.
 */
const PLANNING = {
  enable_seqscan: "off",
  enable_bitmapscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  random_page_cost: "1",
  max_parallel_workers_per_gather: "0",
  jit: "off",
  plan_cache_mode: "force_generic_plan",
};

/** Milliseconds within which a server must have accepted a connection. */
const CONNECT_LIMIT = 5_000;

/** The code that takes the place of a protocol version in PostgreSQL's CancelRequest. */
const CANCEL_REQUEST = 80_877_102;

/** A statement and its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: readonly (string | number | boolean)[];
}

export interface ClientOptions {
  /** As postgres.js takes it; several hosts are tried in turn. Unset: its `PG…` variables in the environment. */
  readonly url: string | undefined;
  /** After which the server gives up on a statement; 0 is never. */
  readonly statementTimeoutSeconds: number;
  /** Called with each notification, on whatever channel. */
  readonly onNotify?: ((payload: string) => void) | undefined;
}

/** What postgres.js takes, its types not telling of all. */
interface ConnectionOptions extends Options<Record<string, never>> {
  socket?(): Socket;
  max_lifetime?: null;
  onnotify?(channel: string, payload: string): void;
}

/** A query as postgres.js has it, once it is sent. */
interface Executed {
  readonly state: { readonly pid: number; readonly secret: number } | null;
}

/**
 * One connection to a server, for one statement at a time. postgres.js speaks the protocol on a socket of ours:
 * its own pool reuses connections that died badly, waits for ever for a server that has stopped, and may be
 * brought down with the process. So a connection that is lost, or late with an answer, is never used again.
 */
export class Client {
  /** Called once, when the connection is no more. */
  onEnd: () => void = () => {};
  readonly #sql: Sql;
  readonly #bornAt = performance.now();
  #socket: Socket | undefined;
  #canceller: Socket | undefined;
  #underWay: { readonly query: Executed; fail(error: unknown): void } | undefined;
  #ended = false;

  /**
   * Connects to the first of the hosts that accepts.
   * @throws {StorageError} when none does; or the signal's reason.
   */
  static async connect(options: ClientOptions, signal: AbortSignal): Promise<Client> {
    const { host: hosts, port: ports } = open(options.url, { max: 1 }).options;
    let failure: unknown;
    for (const [at, host] of hosts.entries()) {
      signal.throwIfAborted();
      const client = new Client(options, host, ports[at]!);
      const giveUp = () => client.destroy(signal.reason);
      signal.addEventListener("abort", giveUp, { once: true });
      try {
        await client.run({ text: client.#settings, values: [] }, CONNECT_LIMIT);
        return client;
      } catch (error) {
        client.destroy();
        failure = error;
      } finally {
        signal.removeEventListener("abort", giveUp);
      }
    }
    signal.throwIfAborted();
    throw failure;
  }

  private constructor(readonly options: ClientOptions, host: string, port: number) {
    this.#sql = open(options.url, {
      host,
      port,
      max: 1,
      max_lifetime: null,
      idle_timeout: 0,
      connect_timeout: 0, // ours is CONNECT_LIMIT
      fetch_types: false, // arrays go as text: see literal.ts
      connection: { application_name: "longneck" },
      onnotice: () => {},
      onnotify: (_, payload) => options.onNotify?.(payload),
      onclose: () => this.destroy(),
      socket: () => this.#connect(),
    });
  }

  /** As statements: poolers refuse most settings at the start of a connection. Those in the URL go before. */
  get #settings(): string {
    const { statementTimeoutSeconds } = this.options;
    const settings = Object.entries({ ...PLANNING, statement_timeout: statementTimeoutSeconds * 1000 });
    const given: object = this.#sql.options.connection;
    return settings.filter(([name]) => !(name in given)).map(([name, value]) => `SET ${name} = ${value};`)
      .join(" ");
  }

  get isUsable(): boolean {
    return !this.#ended && this.#canceller === undefined;
  }

  /** Milliseconds since it was made. */
  get age(): number {
    return performance.now() - this.#bornAt;
  }

  /**
   * Runs a statement; one without parameters may be several, in one text.
   * @param limit Milliseconds after which the connection is given up.
   * @throws {StorageError}
   */
  async run<Row>({ text, values }: Statement, limit = Infinity): Promise<Row[]> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const giveUp = () => this.destroy(unanswered(limit));
    // In two halves: if this process was stopped meanwhile, it first takes what has come.
    if (limit < Infinity) timer = setTimeout(() => timer = setTimeout(giveUp, limit / 2), limit / 2);
    try {
      return await new Promise<Row[]>((resolve, reject) => {
        const query = this.#sql.unsafe(text, [...values], { prepare: true }).values();
        this.#underWay = { query: query as unknown as Executed, fail: reject };
        query.then((rows) => resolve(rows as unknown as Row[]), reject);
      });
    } catch (error) {
      const fault = storageError(error);
      if (isLost(fault)) this.destroy(fault); // its end may be told only later
      throw fault;
    } finally {
      clearTimeout(timer);
      this.#underWay = undefined;
    }
  }

  /**
   * Asks the server to leave off the statement under way. The connection can't be used afterwards. Not by the
   * query's own `cancel`: when that does not reach the server, nobody can catch it.
   */
  cancel(): void {
    const backend = this.#underWay?.query.state;
    if (!this.isUsable || !backend) return;
    const request = Buffer.alloc(16);
    [16, CANCEL_REQUEST, backend.pid, backend.secret].forEach((field, at) =>
      request.writeUInt32BE(field, 4 * at)
    );
    this.#canceller = this.#dial();
    this.#canceller.on("error", () => {}); // then the statement goes on
    this.#canceller.end(request);
  }

  /** Says goodbye. Resolves when the connection is closed, within a second. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#sql.end({ timeout: 1 });
    this.destroy();
  }

  /** Drops the connection; the statement under way fails with the error. */
  destroy(error: unknown = storageError(lost())): void {
    // Without an error postgres.js would connect again; with one that it does not listen for, the process would end.
    if (this.#socket) this.#socket.destroy(this.#socket.listenerCount("error") > 0 ? lost() : undefined);
    this.#canceller?.destroy();
    if (this.#ended) return;
    this.#ended = true;
    this.#underWay?.fail(error);
    this.onEnd();
  }

  /** postgres.js asks for a socket to connect, and to connect again, which it shall not. */
  #connect(): Socket {
    if (this.#ended || this.#socket) throw lost();
    return this.#socket = this.#dial();
  }

  #dial(): Socket {
    const { path, host: [host], port: [port] } = this.#sql.options;
    // postgres.js looks on the socket for the name that a certificate must have.
    return Object.assign(path ? dial(path as string) : dial(port!, host), { host, port });
  }
}

const lost = (): Error => Object.assign(new Error("the connection was lost"), { code: "CONNECTION_CLOSED" });

function open(url: string | undefined, options: ConnectionOptions): Sql {
  return url === undefined ? postgres(options) : postgres(url, options);
}
