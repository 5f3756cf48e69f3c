import type { ConnectionObserver, ConnectionSummary } from "../connection/observer.ts";
import type { Observer } from "../handler/session.ts";
import type { ClientMessage } from "../protocol/message.ts";
import type { Prefix } from "../protocol/reason.ts";
import { logger } from "./logging.ts";
import type { AbortReason, Metrics, SavedOutcome, SentSource, Verb } from "./metrics.ts";

/** Turns what the rooms report into metrics and lines of the log. */
export class Reporter implements Observer, ConnectionObserver {
  readonly #connections = logger("connection");
  readonly #handlers = logger("handler");
  /** A failure of the store may be that of a thousand events: it is one line. */
  readonly #told = new WeakSet<object>();

  constructor(readonly metrics: Metrics) {}

  command(verb: ClientMessage["verb"]): void {
    this.metrics.command(verb.toLowerCase().replace("-", "_") as Verb);
  }

  sent(source: SentSource, events: number): void {
    this.metrics.sent(source, events);
  }

  saved(outcome: SavedOutcome, seconds: number): void {
    this.metrics.saved(outcome);
    this.metrics.writeSeconds(seconds);
  }

  rejected(prefix: Prefix): void {
    this.metrics.rejected(prefix);
  }

  queried(seconds: number, filters: number): void {
    this.metrics.querySeconds(seconds);
    this.metrics.filterSeconds(seconds / filters); // run together, so each has its share
  }

  queryAborted(reason: AbortReason): void {
    this.metrics.queryAborted(reason);
  }

  failed(task: string, error: unknown): void {
    if (typeof error === "object" && error !== null) {
      if (this.#told.has(error)) return;
      this.#told.add(error);
    }
    this.#handlers.error("{task} failed: {error}", { task, error });
  }

  started(): void {
    this.metrics.connected();
  }

  /** The one line that a connection leaves in the log. */
  ended({ peer, reason, ...summary }: ConnectionSummary): void {
    this.metrics.disconnected(reason);
    this.#connections.info(
      "connection {id} from {address} ended after {seconds} s: {reason}, {eventsIn} events in, {eventsOut} out",
      { ...summary, reason, address: peer.address, userAgent: peer.userAgent },
    );
  }
}
