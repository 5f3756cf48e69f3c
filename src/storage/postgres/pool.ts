import { Deadline } from "../../flow/deadline.ts";
import { type Turn, Turns } from "../../flow/turns.ts";
import { unlessAborted } from "../../flow/unless_aborted.ts";
import { StorageError } from "../repository.ts";
import { Client, type ClientOptions, type Statement } from "./client.ts";
import { isLost } from "./fault.ts";

/** Milliseconds for an answer beyond the server's own limit for a statement; then the connection is given up. */
const GRACE = 5_000;

/** Milliseconds after which a statement that nobody waits for any more is cancelled; most have ended by then. */
const ABANDONED = 1_000;

/** Milliseconds after which a connection is replaced, when it is free: a server keeps things for each. */
const LIFETIME = 3_600_000;

/**
 * Statements that are sent while others have been under way for some milliseconds at most: mostly these end sooner, and few
 * backends that are always at work cost the server 0.7 of what many cost that take turns (bench/, 16 clients on 2 cores).
 */
const YOUNG = 4, YOUTH = 3;

/** Milliseconds for statements under way when the pool closes. */
const CLOSING = 2_000;

export interface PoolOptions extends ClientOptions {
  /** Connections at most; they are made when they are needed. */
  readonly size: number;
  /** Milliseconds that a statement waits for a connection at most. */
  readonly patience: number;
}

/** Connections to a server, each for one statement at a time. Statements get theirs in the order they come. */
export class Pool {
  readonly #free: Client[] = [];
  readonly #clients = new Set<Client>();
  readonly #turns: Turns;
  readonly #limit: number;
  /** Aborts when all that is under way or waiting is given up. */
  #hope = new AbortController();
  #closed = false;

  constructor(readonly options: PoolOptions) {
    const { size, statementTimeoutSeconds } = options;
    this.#turns = new Turns({ most: size, young: YOUNG, youth: YOUTH });
    this.#limit = statementTimeoutSeconds === 0 ? Infinity : statementTimeoutSeconds * 1000 + GRACE;
  }

  /**
   * Runs a statement. On abort it is soon cancelled, if it has not ended by then.
   * @throws {StorageError} also when no connection becomes free in time; or the signal's reason.
   */
  async run<Row>(statement: Statement, signal?: AbortSignal): Promise<Row[]> {
    const turn = await this.#turn(signal);
    let client: Client | undefined;
    const answer = this.#connected().then((connected) => {
      client = connected;
      return connected.run<Row>(statement, this.#limit);
    }).finally(() => {
      if (client) this.#putBack(client);
      this.#turns.giveBack(turn);
    });
    if (!signal) return await answer;
    try {
      return await unlessAborted(answer, signal);
    } catch (error) {
      if (signal.aborted) {
        const timer = setTimeout(() => client?.cancel(), ABANDONED);
        answer.catch(() => {}).finally(() => clearTimeout(timer));
      }
      throw error;
    }
  }

  /** The same for what only reads: when its connection is lost it is asked again, once, and on none that has been idle. */
  async read<Row>(statement: Statement, signal?: AbortSignal): Promise<Row[]> {
    try {
      return await this.run(statement, signal);
    } catch (error) {
      if (signal?.aborted || !isLost(error)) throw error;
      // A server that goes takes all along, and the idle ones may not have heard of it yet. Where it was one session
      // only, the others are soon made again.
      for (const client of this.#free.splice(0)) client.destroy();
      return await this.run(statement, signal);
    }
  }

  /** Gives up all connections; what is under way or waiting fails with the error. */
  drop(error: Error): void {
    this.#hope.abort(error);
    this.#hope = new AbortController();
    for (const client of this.#clients) client.destroy(error);
  }

  /** Lets what is under way end, some seconds at most. What waits fails. */
  async close(): Promise<void> {
    this.#closed = true;
    const closed = new StorageError("the database is closed");
    this.#hope.abort(closed);
    using deadline = new Deadline(CLOSING, () => closed);
    try {
      await this.#turns.untilIdle(deadline.signal);
    } catch { // late
      this.drop(closed);
    }
    await Promise.all([...this.#clients].map((client) => client.close()));
  }

  async #turn(signal: AbortSignal | undefined): Promise<Turn> {
    signal?.throwIfAborted();
    if (this.#closed) throw new StorageError("the database is closed");
    const turn = this.#turns.takeNow();
    if (turn) return turn;
    const { patience } = this.options;
    using deadline = new Deadline(patience, () => busyFor(patience), this.#hope.signal, signal);
    return await this.#turns.take(deadline.signal);
  }

  async #connected(): Promise<Client> {
    const free = this.#free.pop();
    if (free) return free;
    const client = await Client.connect(this.options, this.#hope.signal);
    this.#clients.add(client);
    client.onEnd = () => {
      this.#clients.delete(client);
      const at = this.#free.indexOf(client);
      if (at >= 0) this.#free.splice(at, 1);
    };
    return client;
  }

  #putBack(client: Client): void {
    if (client.isUsable && client.age < LIFETIME) this.#free.push(client);
    else client.destroy();
  }
}

function busyFor(milliseconds: number): StorageError {
  return new StorageError(`no connection to PostgreSQL became free within ${milliseconds / 1000} s`, {
    explanation: "the store is busy",
  });
}
