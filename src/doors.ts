import type { Connections } from "./connection/connections.ts";
import type { Config } from "./config/schema.ts";
import { version } from "./config/version.ts";
import type { Management } from "./management/api.ts";
import type { Metrics } from "./observe/metrics.ts";
import { namesDocument } from "./protocol/nip05.ts";
import { type RelayFacts, relayInfo } from "./protocol/relay_info.ts";
import { readIcon, readPage } from "./runtime/assets.ts";
import { clientAddress, isTrusted, proxies } from "./runtime/client_address.ts";
import { createEntrance } from "./runtime/entrance.ts";
import { createMetricsRoutes, createRoutes, type Health } from "./runtime/http.ts";
import type { Listen, Listening, ListenOptions, Place, TcpPlace } from "./runtime/listener.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { withUnixSockets } from "./runtime/unix_socket.ts";

/** Above this a message closes its socket, where the runtime can tell; below, it is answered with a NOTICE. */
const HARD_MESSAGE_BYTES = 16 * 1024 * 1024;

/** What answers at the doors. */
export interface Parts {
  readonly metrics: Metrics;
  readonly connections: Connections;
  /** What keeps the relay from working, in words that anybody may read; undefined when all is well. */
  readonly problem: () => string | undefined;
  /** What NIP-11 tells of, as it is now. */
  readonly facts: () => RelayFacts;
  /** Takes operators' calls; undefined where they have none to make. */
  readonly calls: Management | undefined;
}

/** Where the relay can be reached. */
export interface Doors {
  /** Its port is never 0. Undefined where `network.tcp` is false. */
  readonly tcp: TcpPlace | undefined;
  readonly unixSocket: string | undefined;
  /** Where /metrics is, when it has a port of its own. */
  readonly metricsPort: number | undefined;
  stop(): Promise<void>;
}

type Answer = ListenOptions["answer"];

/** Listens on the relay's own port, on its Unix socket, and on a port for metrics, as far as each is configured. */
export async function openDoors(config: Config, listen: Listen, parts: Parts): Promise<Doors> {
  const { network, metrics } = config;
  const answer = createAnswer(config, parts);
  const open: Listening[] = [];
  const listenAt = async <At extends Place>(place: At, answer: Answer): Promise<At> => {
    const pingSeconds = network.ping_interval_seconds;
    const mode = parseInt(network.unix_socket_mode, 8);
    const options = { place, pingSeconds, hardMessageBytes: HARD_MESSAGE_BYTES, answer };
    const listening = await explained(withUnixSockets(listen, mode))(options);
    open.push(listening);
    return listening.place as At; // of the kind that was asked for
  };
  const stop = async () => {
    await Promise.all(open.map((each) => each.stop())); // Deno's cuts off whoever is left
  };
  try {
    const { tcp, address, port, unix_socket } = network;
    return {
      tcp: tcp ? await listenAt({ address, port }, answer) : undefined,
      unixSocket: unix_socket && (await listenAt({ path: unix_socket }, answer)).path,
      metricsPort: metrics.enabled && metrics.port !== undefined
        ? (await listenAt(
          { address: metrics.address ?? address, port: metrics.port },
          createMetricsRoutes(parts.metrics),
        )).port
        : undefined,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function createAnswer(config: Config, { metrics, connections, problem, facts, calls }: Parts): Answer {
  const { info, network, nip05: { names, relays = {} } } = config;
  const known = proxies(network.trusted_proxies, network.remote_ip_header);
  const routes = createRoutes({
    path: network.path,
    relayInfo: () => relayInfo(facts(), version),
    calls: calls && ((request, peer) => calls(request, clientAddress(peer, request.headers, known))),
    relayUrl: info.relay_url,
    names: names && ((name) => namesDocument(names, relays, name)),
    page: info.relay_page && readPage(info.relay_page),
    favicon: info.favicon ? readIcon(info.favicon) : undefined,
    metrics: config.metrics.enabled && config.metrics.port === undefined ? metrics : undefined,
    health: () => healthOf(connections, problem()),
    isTrusted: (peer) => isTrusted(peer, known.trusted),
  });
  return createEntrance({ path: network.path, proxies: known, routes, connections });
}

function healthOf(connections: Connections, problem: string | undefined): Health {
  return {
    healthy: !connections.closing && problem === undefined,
    details: { version, connections: connections.size, ...(problem && { storage: problem }) },
  };
}

/** `network.websocket`: the runtime's own server, or the `ws` package on `node:http`. */
export async function chooseServer({ network }: Config, runtime: Runtime): Promise<Listen> {
  if (network.websocket === "native") return runtime.listen;
  if (!runtime.hasWs) {
    throw new Error(`network.websocket: "ws" is for Deno; ${runtime.name} has "native" only`);
  }
  const { listenWithWs } = await import("./runtime/ws.ts");
  return listenWithWs({ compression: network.compression });
}

/** Runtimes don't say which address they could not have. */
function explained(listen: Listen): Listen {
  return async (options) => {
    try {
      return await listen(options);
    } catch (error) {
      const { place } = options;
      const where = "path" in place ? place.path : `${place.address}, port ${place.port}`;
      throw new Error(`cannot listen on ${where}: ${(error as Error).message}`, { cause: error });
    }
  };
}
