import { setTimeout as sleep } from "node:timers/promises";
import type { Services } from "../handler/session.ts";
import { Connection, type ConnectionLimits, type ConnectionObserver } from "./connection.ts";
import type { Peer, Socket } from "./socket.ts";

export interface AdmissionLimits {
  /** `limits.max_connections` */
  readonly total: number;
  /** `limits.max_connections_per_ip`; 0: no limit. */
  readonly perAddress: number;
  /** Addresses that `perAddress` never applies to: loopback ones are proxies or tests. */
  readonly exempt: (address: string) => boolean;
}

/** All open connections: who may still come, who has been idle for too long, and the end of all. */
export class Connections {
  readonly #open = new Map<Connection, Promise<void>>();
  readonly #byAddress = new Map<string, number>();

  constructor(
    readonly services: Services,
    readonly observer: ConnectionObserver,
    readonly limits: ConnectionLimits & AdmissionLimits,
  ) {}

  get size(): number {
    return this.#open.size;
  }

  /** Messages that wait on all connections, for the queue gauges. */
  get depth(): { inbox: number; live: number } {
    let [inbox, live] = [0, 0];
    for (const { depth } of this.#open.keys()) {
      inbox += depth.inbox;
      live += depth.live;
    }
    return { inbox, live };
  }

  /** Which limit keeps a new connection from this address out, if one does. */
  full(address: string): "total" | "address" | undefined {
    const { total, perAddress, exempt } = this.limits;
    if (this.size >= total) return "total";
    const here = this.#byAddress.get(address) ?? 0;
    if (perAddress > 0 && here >= perAddress && !exempt(address)) return "address";
  }

  /** Takes up an open socket and serves it until its end. */
  open(socket: Socket, peer: Peer): Connection {
    const connection = new Connection(socket, peer, this.services, this.limits, this.observer);
    this.#byAddress.set(peer.address, (this.#byAddress.get(peer.address) ?? 0) + 1);
    this.#open.set(connection, connection.run().then(() => this.#forget(connection)));
    return connection;
  }

  /** Ends idle connections; called now and then. */
  checkIdle(): void {
    for (const connection of this.#open.keys()) connection.checkIdle();
  }

  /** Closes every connection once what it has under way is answered; gives up after `patience` milliseconds. */
  async shutDown(patience: number): Promise<void> {
    for (const connection of this.#open.keys()) connection.shutDown();
    const late = new AbortController();
    const given = sleep(patience, undefined, { signal: late.signal }).catch(() => {});
    await Promise.race([Promise.all(this.#open.values()), given]);
    late.abort();
  }

  #forget(connection: Connection): void {
    const { address } = connection.peer;
    const left = (this.#byAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#byAddress.set(address, left);
    else this.#byAddress.delete(address);
    this.#open.delete(connection);
  }
}
