import { setTimeout as sleep } from "node:timers/promises";
import type { Services } from "../handler/session.ts";
import { Connection } from "./connection.ts";
import { BLOCKED, CROWDED } from "./ending.ts";
import type { Host } from "./host.ts";
import type { ConnectionLimits } from "./limits.ts";
import { Lobby } from "./lobby.ts";
import type { ConnectionObserver } from "./observer.ts";
import type { Peer, Socket } from "./socket.ts";

/** Milliseconds that clients have, once all is said, to answer a close frame. */
const FAREWELL = 1_000;

/** Conversations that end at once: some 2 ms of work. Those of ten thousand clients together would hold everybody up. */
const MOST_RESTS = 256;

export interface AdmissionLimits {
  /** `limits.max_connections` */
  readonly total: number;
  /** `limits.max_connections_per_ip`; 0: no limit. */
  readonly perAddress: number;
  /** Whom `perAddress` counts an address for; undefined: for nobody, and it does not apply. */
  readonly countedAs: (address: string) => string | undefined;
  /** Whether the operator has blocked whom an address is counted for. */
  readonly isBlocked: (party: string) => boolean;
}

/** All open connections: who may still come, who has been idle for too long, and the end of all. */
export class Connections {
  readonly #open = new Set<Connection>();
  readonly #byParty = new Map<string, number>();
  readonly #host: Host;
  #closing = false;

  constructor(
    readonly services: Services,
    observer: ConnectionObserver,
    readonly limits: ConnectionLimits & AdmissionLimits,
  ) {
    const left = (connection: Connection) => this.#forget(connection);
    this.#host = { limits, observer, lobby: new Lobby(), behind: new Set(), left };
  }

  get size(): number {
    return this.#open.size;
  }

  /** What waits on all connections, for the queue gauges. */
  get depth(): Connection["depth"] {
    const sum = { inbox: 0, live: 0, outbox: 0 };
    for (const { depth } of this.#open) {
      sum.inbox += depth.inbox;
      sum.live += depth.live;
      sum.outbox += depth.outbox;
    }
    return sum;
  }

  /** Whether nobody may come any more. */
  get closing(): boolean {
    return this.#closing;
  }

  /** What keeps a new connection from this address out, if anything does. */
  full(address: string): "closing" | "blocked" | "total" | "address" | undefined {
    const { total, perAddress, countedAs, isBlocked } = this.limits;
    const party = countedAs(address);
    if (this.#closing) return "closing";
    if (party !== undefined && isBlocked(party)) return "blocked";
    if (this.size >= total) return "total";
    if (party === undefined || perAddress === 0) return undefined;
    if ((this.#byParty.get(party) ?? 0) >= perAddress) return "address";
  }

  /** Takes up an open socket and serves it until its end. It counts until it takes up no room any more. */
  open(socket: Socket, peer: Peer): Connection {
    const tooLate = this.full(peer.address); // on Deno many handshakes are under way before the first is done
    const connection = new Connection(socket, peer, this.services, this.#host);
    this.#count(peer, +1);
    this.#open.add(connection);
    this.#host.observer.started();
    if (tooLate === "closing") connection.shutDown();
    else if (tooLate === "blocked") connection.end(BLOCKED);
    else if (tooLate) connection.end(CROWDED);
    else connection.greet();
    return connection;
  }

  /** Ends idle connections, and conversations of quiet clients; called now and then. */
  checkIdle(now = Date.now()): void {
    let resting = 0;
    for (const connection of this.#open) {
      connection.checkIdle(now);
      if (resting < MOST_RESTS && connection.rest(now)) resting++;
    }
  }

  /** Ends the connections of those that are blocked. */
  cutOff(): void {
    for (const connection of this.#open) {
      if (this.full(connection.peer.address) === "blocked") connection.end(BLOCKED);
    }
  }

  /**
   * Takes no more connections, and closes each once what it has under way is answered; gives up after
   * `patience` milliseconds.
   */
  async shutDown(patience: number): Promise<void> {
    this.#closing = true;
    for (const connection of this.#open) connection.shutDown();
    const all = [...this.#open];
    await settled(all.map(({ served }) => served), patience);
    await settled(all.map(({ gone }) => gone), FAREWELL);
  }

  #forget(connection: Connection): void {
    this.#host.behind.delete(connection.socket);
    // Deno tells twice of the end of a socket that answers no ping.
    if (this.#open.delete(connection)) this.#count(connection.peer, -1);
  }

  #count({ address }: Peer, more: 1 | -1): void {
    const party = this.limits.countedAs(address);
    if (party === undefined) return;
    const now = (this.#byParty.get(party) ?? 0) + more;
    if (now > 0) this.#byParty.set(party, now);
    else this.#byParty.delete(party);
  }
}

/** Waits for all of them, but no longer than `patience` milliseconds. */
async function settled(all: readonly Promise<void>[], patience: number): Promise<void> {
  const over = new AbortController();
  const late = sleep(patience, undefined, { signal: over.signal }).catch(() => {});
  await Promise.race([Promise.all(all), late]);
  over.abort();
}
