import process from "node:process";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Prefix } from "../protocol/reason.ts";

const VERBS = ["req", "event", "close", "auth", "count", "neg_open", "neg_msg", "neg_close"] as const;
const SOURCES = ["db", "realtime"] as const;
const ABORTS = ["loadshed", "slowclient", "checkpoint", "closed"] as const;
const DISCONNECTS = [
  "normal",
  "timeout",
  "error",
  "send_error",
  "shutdown",
  "slowclient",
  "garbage",
  "flood",
  "crowded",
  "blocked",
] as const;
const OUTCOMES = ["stored", "duplicate", "superseded", "deleted", "vanished"] as const;
const PREFIXES = [
  "auth-required",
  "blocked",
  "closed",
  "duplicate",
  "error",
  "invalid",
  "mute",
  "pow",
  "rate-limited",
  "restricted",
  "unsupported",
] as const satisfies readonly Prefix[];

export type Verb = typeof VERBS[number];
/** Where events sent to clients came from: the stored ones of a query, or live. */
export type SentSource = typeof SOURCES[number];
export type AbortReason = typeof ABORTS[number];
export type DisconnectReason = typeof DISCONNECTS[number];
export type SavedOutcome = typeof OUTCOMES[number];

/** Seconds; from a matched filter to a query that should have been shed. */
const BUCKETS = [
  0.0001,
  0.00025,
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
];

/**
 * What the relay counts, under nostr-rs-relay's names so that its dashboards fit. Counting is one
 * addition to a plain number; all else happens when /metrics is read.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #commands = zeros(VERBS);
  readonly #connections = { total: 0 };
  readonly #disconnects = zeros(DISCONNECTS);
  readonly #sent = zeros(SOURCES);
  readonly #aborts = zeros(ABORTS);
  readonly #saved = zeros(OUTCOMES);
  readonly #rejected = zeros(PREFIXES);
  readonly #query: Histogram;
  readonly #filter: Histogram;
  readonly #write: Histogram;

  constructor() {
    for (const verb of VERBS) {
      this.counter(
        `nostr_cmd_${verb}_total`,
        `${verb.toUpperCase().replace("_", "-")} messages received`,
        () => this.#commands[verb],
      );
    }
    this.counter("nostr_connections_total", "Connections accepted", () => this.#connections.total);
    this.#counters("nostr_disconnects_total", "Connections ended", "reason", this.#disconnects);
    this.#counters("nostr_events_sent_total", "Events sent to clients", "source", this.#sent);
    this.#counters("nostr_query_abort_total", "Queries given up", "reason", this.#aborts);
    this.#counters("nostr_events_saved_total", "Events offered to storage", "outcome", this.#saved);
    this.#counters("nostr_rejected_total", "Refused events and requests", "prefix", this.#rejected);
    this.#query = this.#histogram("nostr_query_seconds", "Time to answer a REQ's stored events or a COUNT");
    this.#filter = this.#histogram(
      "nostr_filter_seconds",
      "Time to answer one filter: its share of the time of its query",
    );
    this.#write = this.#histogram("nostr_events_write_seconds", "Time to write a batch of events");
    this.#process();
  }

  command(verb: Verb): void {
    this.#commands[verb]++;
  }

  connected(): void {
    this.#connections.total++;
  }

  disconnected(reason: DisconnectReason): void {
    this.#disconnects[reason]++;
  }

  sent(source: SentSource, events: number): void {
    this.#sent[source] += events;
  }

  queryAborted(reason: AbortReason): void {
    this.#aborts[reason]++;
  }

  saved(outcome: SavedOutcome): void {
    this.#saved[outcome]++;
  }

  rejected(prefix: Prefix): void {
    this.#rejected[prefix]++;
  }

  querySeconds(seconds: number): void {
    this.#query.observe(seconds);
  }

  filterSeconds(seconds: number): void {
    this.#filter.observe(seconds);
  }

  writeSeconds(seconds: number): void {
    this.#write.observe(seconds);
  }

  /** Shows a number that is kept elsewhere, e.g. a queue's depth: `read` is called when /metrics is. */
  gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** Shows a count that is kept elsewhere. */
  counter(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  /** Everything in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #counters(name: string, help: string, label: string, counts: Readonly<Record<string, number>>): void {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(counts)) this.inc({ [label]: value }, count);
      },
    });
  }

  #histogram(name: string, help: string): Histogram {
    return new Histogram({ name, help, buckets: BUCKETS, registers: [this.#registry] });
  }

  #process(): void {
    const started = Date.now() / 1000 - process.uptime();
    this.gauge("process_start_time_seconds", "When the process started, in Unix time", () => started);
    this.gauge("process_resident_memory_bytes", "Resident memory", () => process.memoryUsage.rss());
    this.counter("process_cpu_seconds_total", "User and system CPU time spent", () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
  }
}

function zeros<const Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
