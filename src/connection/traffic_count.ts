import { randomUUID } from "node:crypto";
import type { ClientMessage } from "../protocol/message.ts";
import type { EndReason } from "./ending.ts";
import type { ConnectionObserver, ConnectionSummary, Traffic } from "./observer.ts";
import type { Peer } from "./socket.ts";

/** Counts what passes on one connection, from its beginning on, and tells the observer of all. */
export class TrafficCount implements Traffic {
  readonly #started = Date.now();
  #eventsIn = 0;
  #eventsOut = 0;

  constructor(readonly observer: ConnectionObserver) {}

  command(verb: ClientMessage["verb"]): void {
    if (verb === "EVENT") this.#eventsIn++;
    this.observer.command(verb);
  }

  sent(source: "db" | "realtime", events: number): void {
    this.#eventsOut += events;
    this.observer.sent(source, events);
  }

  summary(peer: Peer, reason: EndReason): ConnectionSummary {
    return {
      id: randomUUID(),
      peer,
      reason,
      started: new Date(this.#started),
      seconds: (Date.now() - this.#started) / 1000,
      eventsIn: this.#eventsIn,
      eventsOut: this.#eventsOut,
    };
  }
}
