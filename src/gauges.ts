import type { Connections } from "./connection/connections.ts";
import type { Services } from "./handler/session.ts";
import type { Metrics } from "./observe/metrics.ts";
import type { Bus } from "./storage/bus.ts";

/** Every queue has a gauge, so that an operator sees which one is full. */
export function showQueues(metrics: Metrics, services: Services, connections: Connections): void {
  const { broadcast, intake, repository, sync, verifier } = services;
  const gauges: [name: string, help: string, read: () => number][] = [
    ["nostr_connections", "Open connections", () => connections.size],
    ["nostr_subscriptions", "Open subscriptions", () => broadcast.subscriptions],
    ["nostr_queue_inbox", "Messages received and not yet read", () => connections.depth.inbox],
    ["nostr_queue_intake", "Events under way", () => intake.held],
    ["nostr_queue_verify", "Signatures waiting to be checked", () => verifier.depth],
    ["nostr_queue_write", "Events waiting to be stored", () => repository.depth.writes],
    ["nostr_queue_read", "Queries waiting to be run", () => repository.depth.reads],
    ["nostr_queue_broadcast", "Events waiting to be delivered", () => broadcast.depth],
    ["nostr_queue_live", "Deliveries waiting behind full sockets", () => connections.depth.live],
    ["nostr_sync_exchanges", "Open exchanges (NIP-77)", () => sync.exchanges],
    ["nostr_sync_events_held", "Events whose ids exchanges hold", () => sync.records.held],
    ["nostr_outbox_bytes", "Bytes that clients have not taken yet", () => connections.depth.outbox],
  ];
  for (const gauge of gauges) metrics.gauge(...gauge);
}

/** What joins this instance to others. */
export function showBus(metrics: Metrics, bus: Bus): void {
  metrics.gauge(
    "nostr_bus_listening",
    "Whether other instances are heard",
    () => Number(bus.state.listening),
  );
  metrics.gauge("nostr_queue_bus", "Events stored and not yet passed to delivery", () => bus.state.behind);
  metrics.counter(
    "nostr_bus_received_total",
    "Events read because other instances stored or sent them",
    () => bus.state.received,
  );
}

export function showIdentities(metrics: Metrics, identities: { readonly size: number }): void {
  metrics.gauge(
    "nostr_verified_users",
    "Authors whose identifier is confirmed (NIP-05)",
    () => identities.size,
  );
}
