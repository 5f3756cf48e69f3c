import type { Connection } from "./connection.ts";
import type { ConnectionLimits } from "./limits.ts";
import type { Lobby } from "./lobby.ts";
import type { ConnectionObserver } from "./observer.ts";
import type { Socket } from "./socket.ts";

/** What all connections share. */
export interface Host {
  readonly limits: ConnectionLimits;
  readonly observer: ConnectionObserver;
  readonly lobby: Lobby;
  /** Those whose client has not read what it was sent; see Outbox. */
  readonly behind: Set<Socket>;
  /** Called when all conversation has ended and the socket too; twice where a runtime tells twice of the latter. */
  left(connection: Connection): void;
}
