import { setImmediate } from "node:timers";
import { Descriptors, type Peer } from "./descriptors.ts";
import type { Libc } from "./libc_deno.ts";

/** From Linux's headers. */
const IPPROTO_TCP = 6, TCP_CORK = 3;

/** Values of the option. */
const ON = new Uint8Array(Int32Array.of(1).buffer), OFF = new Uint8Array(Int32Array.of(0).buffer);

/** Turns of the event loop that a connection is held at most. Longer than writing takes, but where a client does not read. */
const MOST_TURNS = 3;

/** What frames are sent to. */
export interface Buffered {
  /** Bytes that the runtime has not written yet. */
  readonly buffered: number;
}

/** A connection whose descriptor is known. */
export interface TcpConnection {
  readonly socket: Buffered;
  readonly descriptor: number;
}

/**
 * Lets frames of one connection leave together, though the runtime writes each by itself: Linux holds them back while a
 * connection is corked (tcp(7), TCP_CORK), but for what fills a segment. To wake the client for each frame is
 * more than half of what a long answer costs otherwise (bench/bare.ts).
 */
export class TcpCork {
  /** By connection, the turns that it has been held. */
  readonly #held = new Map<TcpConnection, number>();
  readonly #descriptors: Descriptors;
  #looking = false;

  constructor(readonly libc: Libc) {
    this.#descriptors = new Descriptors(libc);
  }

  /** A connection, to be forgotten when it is closed; undefined when its descriptor is not found. */
  connection(socket: Buffered, peer: Peer): TcpConnection | undefined {
    const descriptor = this.#descriptors.take(peer);
    return descriptor === undefined ? undefined : { socket, descriptor };
  }

  /** Holds back what is sent in this turn of the event loop, until it is written: two turns, nearly always. */
  hold(connection: TcpConnection): void {
    if (this.#held.has(connection) || !this.#set(connection, ON)) return;
    this.#held.set(connection, 0);
    if (!this.#looking) this.#lookSoon();
  }

  /** The connection is closed; its descriptor may soon be another's. */
  forget(connection: TcpConnection): void {
    this.#held.delete(connection);
    this.#descriptors.giveBack(connection.descriptor);
  }

  #lookSoon(): void {
    this.#looking = true;
    setImmediate(() => this.#look());
  }

  #look(): void {
    for (const [connection, turns] of this.#held) {
      if (connection.socket.buffered > 0 && turns < MOST_TURNS) this.#held.set(connection, turns + 1);
      else {
        this.#set(connection, OFF);
        this.#held.delete(connection);
      }
    }
    this.#looking = false;
    if (this.#held.size > 0) this.#lookSoon();
  }

  #set({ descriptor }: TcpConnection, value: Uint8Array): boolean {
    return this.libc.setsockopt(descriptor, IPPROTO_TCP, TCP_CORK, value, value.length) === 0;
  }
}
