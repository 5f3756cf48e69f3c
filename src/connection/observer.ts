import type { ClientMessage } from "../protocol/message.ts";
import type { EndReason } from "./ending.ts";
import type { Peer } from "./socket.ts";

/** Counts what passes, for metrics and the log. */
export interface Traffic {
  command(verb: ClientMessage["verb"]): void;
  sent(source: "db" | "realtime", events: number): void;
}

export interface ConnectionObserver extends Traffic {
  started(): void;
  ended(summary: ConnectionSummary): void;
}

/** What a connection did, for the line that the log gets at its end. */
export interface ConnectionSummary {
  readonly id: string;
  readonly peer: Peer;
  readonly reason: EndReason;
  readonly started: Date;
  readonly seconds: number;
  readonly eventsIn: number;
  readonly eventsOut: number;
}
