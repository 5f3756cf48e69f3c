import type { Config } from "./config/schema.ts";
import { takeForeign } from "./handler/foreign.ts";
import type { Services } from "./handler/session.ts";
import { logger } from "./observe/logging.ts";
import type { Metrics } from "./observe/metrics.ts";
import { readFilter } from "./protocol/filter.ts";
import type { Levelling, Tally } from "./sync/levelling.ts";
import { Mirror, type MirrorObserver } from "./sync/mirror.ts";

/** The relays of `sync.mirrors`, with which this one keeps level. */
export class Mirrors implements MirrorObserver {
  readonly carried = { received: 0, sent: 0 };
  readonly #mirrors: readonly Mirror[];
  readonly #stopped = new AbortController();
  readonly #log = logger("sync");
  #running: Promise<unknown> = Promise.resolve();

  constructor({ sync, options, authorization }: Config, { sync: pool, ...services }: Services) {
    const { repository } = services;
    const local = {
      identify: repository.identify.bind(repository),
      find: repository.find.bind(repository),
      take: (given: unknown) => takeForeign({ sync: pool, ...services }, given),
    };
    const common = {
      intervalSeconds: sync.interval_seconds,
      most: sync.max_events,
      privateKinds: authorization.private_kinds,
      pool,
    };
    this.#mirrors = (sync.mirrors ?? []).map(({ url, filter: asSent = {}, dir: direction = "both" }) => {
      const filter = readFilter(asSent, { andTags: options.and_tags });
      return new Mirror({ ...common, url, filter, asSent, direction }, local, this);
    });
  }

  start(): void {
    this.#running = Promise.all(this.#mirrors.map((mirror) => mirror.run(this.#stopped.signal)));
  }

  /** Resolves when all connections are closed. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error("the relay has stopped"));
    await this.#running;
  }

  show(metrics: Metrics): void {
    const connected = () => this.#mirrors.filter(({ connected }) => connected).length;
    metrics.gauge("nostr_mirrors", "Relays to keep level with", () => this.#mirrors.length);
    metrics.gauge("nostr_mirrors_connected", "Those that are connected", connected);
    metrics.gauge(
      "nostr_mirrors_received",
      "Events stored that a comparison found",
      () => this.carried.received,
    );
    metrics.gauge("nostr_mirrors_sent", "Events accepted by the others", () => this.carried.sent);
  }

  levelled(url: string, { received, sent, compared, comparison }: Levelling): void {
    this.carried.received += received.get("stored") ?? 0;
    this.carried.sent += sent.get("accepted") ?? 0;
    this.#log.info("level with {url}: {received}; {sent}; compared in {rounds} rounds, {compared} bytes", {
      url,
      received: inWords("received", received),
      sent: inWords("sent", sent),
      rounds: comparison.rounds,
      compared,
    });
  }

  failed(url: string, error: unknown, seconds: number): void {
    const { message } = error as Error;
    this.#log.warn("not level with {url}: {message}; again in {seconds} s", { url, message, seconds });
  }
}

/** "received 12 stored, 1 duplicate" */
function inWords(verb: string, tally: Tally): string {
  return `${verb} ${[...tally].map(([fate, count]) => `${count} ${fate}`).join(", ") || "nothing"}`;
}
