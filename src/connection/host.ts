import type { Connection } from "./connection.ts";
import type { ConnectionLimits } from "./limits.ts";
import type { Lobby } from "./lobby.ts";
import type { ConnectionObserver } from "./observer.ts";
import type { Outbox } from "./outbox.ts";

/** What all connections share. */
export interface Host {
  readonly limits: ConnectionLimits;
  readonly observer: ConnectionObserver;
  readonly lobby: Lobby;
  /** Those that wait until their client has read. */
  readonly behind: Set<Outbox>;
  /** Called when all conversation has ended and the socket too; twice where a runtime tells twice of the latter. */
  left(connection: Connection): void;
}
