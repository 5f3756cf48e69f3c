/** How a connection ends: its name in metrics and the log, and what the client is told (RFC 6455, 7.4). */
export interface Ending {
  readonly reason: EndReason;
  readonly code: number;
  readonly text: string;
}

export type EndReason =
  | "normal"
  | "timeout"
  | "error"
  | "slowclient"
  | "flood"
  | "garbage"
  | "crowded"
  | "blocked"
  | "shutdown";

const ending = (reason: EndReason, code: number, text: string): Ending => ({ reason, code, text });

export const NORMAL = ending("normal", 1000, "");
export const LOST = ending("error", 1006, ""); // never sent: RFC 6455 keeps it for a close without a frame
export const IDLE = ending("timeout", 1000, "idle for too long without a subscription");
export const FAILED = ending("error", 1011, "the relay failed; please reconnect");
export const SLOW = ending("slowclient", 1013, "the client reads too slowly");
export const FLOOD = ending("flood", 1008, "too many messages at once; wait for answers");
export const GARBAGE = ending("garbage", 1008, "too many unreadable messages in a row");
export const CROWDED = ending("crowded", 1013, "there are too many connections");
export const BLOCKED = ending("blocked", 1008, "your address is blocked");
export const SHUTDOWN = ending("shutdown", 1001, "the relay is shutting down");
