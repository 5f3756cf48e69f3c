import { Connections } from "./connection/connections.ts";
import type { Config } from "./config/schema.ts";
import { version } from "./config/version.ts";
import { createVerifier } from "./crypto/create_verifier.ts";
import type { OpenedVerifier } from "./crypto/verifier.ts";
import { Semaphore } from "./flow/semaphore.ts";
import { showBus, showQueues } from "./gauges.ts";
import type { Services } from "./handler/session.ts";
import { logger } from "./observe/logging.ts";
import { Metrics } from "./observe/metrics.ts";
import { Reporter } from "./observe/reporter.ts";
import { relayInfo } from "./protocol/relay_info.ts";
import { createRules } from "./rules.ts";
import { readIcon, readPage } from "./runtime/assets.ts";
import { countedAs, isTrusted, proxies } from "./runtime/client_address.ts";
import { createEntrance } from "./runtime/entrance.ts";
import { createMetricsRoutes, createRoutes, type Health } from "./runtime/http.ts";
import type { Listen, Listening } from "./runtime/listener.ts";
import type { Runtime } from "./runtime/runtime.ts";
import type { Bus } from "./storage/bus.ts";
import type { Repository } from "./storage/repository.ts";
import { openStore, sweep } from "./store.ts";
import { Broadcast } from "./subscription/broadcast.ts";
import { SyncPool } from "./sync/pool.ts";

/** How often idle connections are looked for, in milliseconds. */
const IDLE_CHECK_INTERVAL = 1_000;

/** How long an orderly stop waits for answers under way, in milliseconds. */
const STOP_PATIENCE = 5_000;

/** Above this a message closes its socket, where the runtime can tell; below, it is answered with a NOTICE. */
const HARD_MESSAGE_BYTES = 16 * 1024 * 1024;

/** A running relay. */
export interface Relay {
  readonly address: string;
  /** Never 0, whatever was configured. */
  readonly port: number;
  /** Where /metrics is, when it has a port of its own. */
  readonly metricsPort: number | undefined;
  /** How signatures are checked. */
  readonly verifier: string;
  /**
   * Accepts nobody any more, answers what was accepted, closes sockets with 1001, then the store. Takes ten
   * seconds at most. May be called again.
   */
  stop(): Promise<void>;
}

/**
 * Joins all rooms, opens the store and listens.
 * @throws {StorageError} when the store can't be opened.
 * @throws {Error} when the address can't be listened on, a file named in `[info]` can't be read, or the
 * verifier that is demanded is not to be had.
 */
export async function startRelay(config: Config, runtime: Runtime): Promise<Relay> {
  const { performance } = config;
  const repository = await openStore(config);
  let verifier: OpenedVerifier | undefined;
  try {
    verifier = await createVerifier({ engine: performance.verifier, threads: performance.verifier_threads });
    return await open(config, await chooseServer(config, runtime), repository, verifier);
  } catch (error) {
    verifier?.close();
    await repository.close();
    throw error;
  }
}

async function open(
  config: Config,
  listen: Listen,
  repository: Repository,
  verifier: OpenedVerifier,
): Promise<Relay> {
  const { info, limits } = config;
  const log = logger("relay");
  for (const warning of verifier.warnings) log.warn(warning);

  const metrics = new Metrics();
  const reporter = new Reporter(metrics);
  const stopped = new AbortController();
  const now = () => Math.floor(Date.now() / 1000);
  const rules = createRules(config, now);
  const services: Services = {
    repository,
    verifier,
    rules,
    now,
    observer: reporter,
    sync: new SyncPool(config.sync.max_events_held),
    broadcast: new Broadcast(
      limits.broadcast_buffer,
      rules.filter,
      (id) => repository.bus?.mayCome(id) ?? false,
    ),
    intake: new Semaphore(limits.event_persist_buffer),
    stopped: stopped.signal,
  };
  const connections = new Connections(services, reporter, {
    maxMessageBytes: limits.max_ws_message_bytes,
    maxIdleSeconds: limits.max_conn_idle_seconds,
    maxSendQueue: limits.max_send_queue,
    maxPendingBytes: limits.max_pending_bytes,
    relayUrl: info.relay_url,
    total: limits.max_connections,
    perAddress: limits.max_connections_per_ip,
    countedAs,
  });
  showQueues(metrics, services, connections);
  if (repository.bus) {
    showBus(metrics, repository.bus);
    await join(repository.bus, services);
  }

  const listening = await listenEverywhere(config, explained(listen), { metrics, connections, repository });
  const timers = [
    setInterval(() => connections.checkIdle(), IDLE_CHECK_INTERVAL),
    setInterval(() => void sweep(repository), config.database.expiration_sweep_seconds * 1000),
  ];

  async function stop(): Promise<void> {
    for (const timer of timers) clearInterval(timer);
    await connections.shutDown(STOP_PATIENCE);
    stopped.abort(new Error("the relay has stopped"));
    await Promise.all(listening.map((each) => each.stop())); // Deno's cuts off whoever is left
    verifier.close();
    await repository.close();
  }

  let stopping: Promise<void> | undefined;
  const [main, metricsServer] = listening;
  return {
    address: main!.address,
    port: main!.port,
    metricsPort: metricsServer?.port,
    verifier: verifier.description,
    stop: () => stopping ??= stop(),
  };
}

/** `network.websocket`: the runtime's own server, or the `ws` package on `node:http`. */
async function chooseServer({ network }: Config, runtime: Runtime): Promise<Listen> {
  if (network.websocket === "native") return runtime.listen;
  if (!runtime.hasWs) {
    throw new Error(`network.websocket: "ws" is for Deno; ${runtime.name} has "native" only`);
  }
  const { listenWithWs } = await import("./runtime/ws.ts");
  return listenWithWs({ compression: network.compression });
}

/** What answers on the ports. */
interface Parts {
  readonly metrics: Metrics;
  readonly connections: Connections;
  readonly repository: Repository;
}

/** The relay's own port, and one for metrics if it is configured. */
async function listenEverywhere(
  config: Config,
  listen: Listen,
  { metrics, connections, repository }: Parts,
): Promise<Listening[]> {
  const { info, network } = config;
  const known = proxies(network.trusted_proxies, network.remote_ip_header);
  const ownPort = config.metrics.enabled && config.metrics.port !== undefined;
  const routes = createRoutes({
    path: network.path,
    relayInfo: relayInfo(config, version),
    relayUrl: info.relay_url,
    page: info.relay_page && readPage(info.relay_page),
    favicon: info.favicon ? readIcon(info.favicon) : undefined,
    metrics: config.metrics.enabled && !ownPort ? metrics : undefined,
    health: () => healthOf(connections, repository),
    isTrusted: (peer) => isTrusted(peer, known.trusted),
  });
  const common = { pingSeconds: network.ping_interval_seconds, hardMessageBytes: HARD_MESSAGE_BYTES };
  const answer = createEntrance({ path: network.path, proxies: known, routes, connections });
  const relay = await listen({ ...common, address: network.address, port: network.port, answer });
  if (!ownPort) return [relay];
  try {
    const address = config.metrics.address ?? network.address;
    const port = config.metrics.port!;
    return [relay, await listen({ ...common, address, port, answer: createMetricsRoutes(metrics) })];
  } catch (error) {
    await relay.stop();
    throw error;
  }
}

function healthOf(connections: Connections, { problem }: Repository): Health {
  return {
    healthy: !connections.closing && problem === undefined,
    details: { version, connections: connections.size, ...(problem && { storage: problem }) },
  };
}

/** Runtimes don't say which address they could not have. */
function explained(listen: Listen): Listen {
  return async (options) => {
    try {
      return await listen(options);
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`cannot listen on ${options.address}, port ${options.port}: ${message}`, {
        cause: error,
      });
    }
  };
}

/** Has what all instances store, and what others send, delivered here. */
function join(bus: Bus, { broadcast, stopped }: Services): Promise<void> {
  return bus.receive({
    wanted: () => broadcast.subscriptions > 0,
    deliver: (events) => broadcast.pass(events, stopped),
    failed: (error) => logger("storage").error("live events of other instances are late: {error}", { error }),
  });
}
