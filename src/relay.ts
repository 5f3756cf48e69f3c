import { Connections } from "./connection/connections.ts";
import type { Config } from "./config/schema.ts";
import { createVerifier } from "./crypto/create_verifier.ts";
import type { OpenedVerifier } from "./crypto/verifier.ts";
import { createDiscovery } from "./discovery.ts";
import { chooseServer, openDoors } from "./doors.ts";
import { Semaphore } from "./flow/semaphore.ts";
import { showBus, showIdentities, showQueues } from "./gauges.ts";
import type { Services } from "./handler/session.ts";
import { store } from "./handler/store.ts";
import { createWeb, type Web } from "./identity/web.ts";
import { logger } from "./observe/logging.ts";
import { Mirrors } from "./mirrors.ts";
import { Metrics } from "./observe/metrics.ts";
import { Reporter } from "./observe/reporter.ts";
import { Oversight } from "./oversight.ts";
import type { VerifiedEvent } from "./protocol/event.ts";
import { createRules } from "./rules.ts";
import { countedAs } from "./runtime/client_address.ts";
import type { Listen } from "./runtime/listener.ts";
import type { Runtime } from "./runtime/runtime.ts";
import type { Bus } from "./storage/bus.ts";
import type { Repository } from "./storage/repository.ts";
import { openStore, sweep } from "./store.ts";
import { Broadcast } from "./subscription/broadcast.ts";
import { SyncPool } from "./sync/pool.ts";
import { createVerifiedUsers } from "./verified_users.ts";

/** How often idle connections are looked for, in milliseconds. */
const IDLE_CHECK_INTERVAL = 1_000;

/** How often identifiers are looked for that need to be confirmed again, in milliseconds. */
const RECHECK_INTERVAL = 10_000;

/** How often it is looked whether the relay has changed since it told of itself, in milliseconds. */
const DISCOVERY_INTERVAL = 60_000;

/** How long an orderly stop waits for answers under way, in milliseconds. */
const STOP_PATIENCE = 5_000;

const UNNAMED =
  "info.relay_url is unset: AUTH (NIP-42) is checked against the host that clients ask for, so that " +
  "another relay could pass on what its users sign, and read and write here in their names";

/** A running relay. */
export interface Relay {
  /** The port is never 0, whatever was configured. Undefined where `network.tcp` is false. */
  readonly tcp: { readonly address: string; readonly port: number } | undefined;
  readonly unixSocket: string | undefined;
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
 * @param web Where domains are asked whose identifiers are (NIP-05).
 */
export async function startRelay(config: Config, runtime: Runtime, web: Web = createWeb()): Promise<Relay> {
  const { performance } = config;
  const repository = await openStore(config);
  let verifier: OpenedVerifier | undefined;
  try {
    verifier = await createVerifier({ engine: performance.verifier, threads: performance.verifier_threads });
    return await open(config, await chooseServer(config, runtime), repository, verifier, web);
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
  web: Web,
): Promise<Relay> {
  const { info, limits } = config;
  const log = logger("relay");
  for (const warning of verifier.warnings) log.warn(warning);

  const metrics = new Metrics();
  const reporter = new Reporter(metrics);
  const stopped = new AbortController();
  const now = () => Math.floor(Date.now() / 1000);
  const publish = (event: VerifiedEvent) => store(services, event);
  const parts = { repository, publish, now, stopped: stopped.signal };
  const oversight = new Oversight(config, { ...parts, cutOff: () => connections.cutOff() });
  const rules = createRules(config, oversight, now);
  const identities = createVerifiedUsers(config, { book: oversight.book, web, now, stopped: stopped.signal });
  const { bus } = repository;
  const services: Services = {
    repository,
    verifier,
    rules,
    now,
    observer: reporter,
    membership: oversight.membership,
    identities,
    sync: new SyncPool(config.sync.max_events_held),
    broadcast: new Broadcast(
      limits.broadcast_buffer,
      rules.filter,
      bus && ((id) => bus.mayCome(id)),
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
    isBlocked: (party) => oversight.isBlocked(party),
  });
  showQueues(metrics, services, connections);
  const mirrors = new Mirrors(config, services);
  mirrors.show(metrics);
  if (identities) showIdentities(metrics, identities);
  if (repository.bus) {
    showBus(metrics, repository.bus);
    await join(repository.bus, services, oversight);
  }
  await oversight.open();
  const discovery = createDiscovery(config, oversight, parts);

  const doors = await openDoors(config, listen, {
    metrics,
    connections,
    problem: () => repository.problem ?? oversight.problem,
    facts: () => oversight.facts,
    calls: oversight.calls(verifier),
  });
  const timers = [
    setInterval(() => connections.checkIdle(), IDLE_CHECK_INTERVAL),
    setInterval(() => identities?.startRecheck(), RECHECK_INTERVAL),
    setInterval(() => void discovery?.update(), DISCOVERY_INTERVAL),
    setInterval(() => void oversight.sweep(), config.database.expiration_sweep_seconds * 1000),
    setInterval(() => void sweep(repository), config.database.expiration_sweep_seconds * 1000),
  ];
  mirrors.start();
  void discovery?.update();
  if (info.relay_url === undefined && config.authorization.nip42_auth) log.warn(UNNAMED);

  async function stop(): Promise<void> {
    for (const timer of timers) clearInterval(timer);
    await Promise.all([mirrors.stop(), connections.shutDown(STOP_PATIENCE)]);
    stopped.abort(new Error("the relay has stopped"));
    await doors.stop();
    await Promise.all([oversight.settled(), identities?.settled(), discovery?.settled()]);
    verifier.close();
    await repository.close();
  }

  let stopping: Promise<void> | undefined;
  const { tcp, unixSocket, metricsPort } = doors;
  return {
    tcp,
    unixSocket,
    metricsPort,
    verifier: verifier.description,
    stop: () => stopping ??= stop(),
  };
}

/** Has what all instances store, and what others send, delivered here. */
function join(bus: Bus, { broadcast, stopped }: Services, oversight: Oversight): Promise<void> {
  return bus.receive({
    wanted: () => broadcast.subscriptions > 0,
    deliver: (events) => broadcast.pass(events.filter(({ event }) => !oversight.bans(event)), stopped),
    recordsAre: (version) => oversight.follow(version),
    failed: (error) => logger("relay").warn("live events of other instances are late: {error}", { error }),
  });
}
