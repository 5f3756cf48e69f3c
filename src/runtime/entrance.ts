import type { Connections } from "../connection/connections.ts";
import { clientAddress, type Proxies } from "./client_address.ts";
import { isAt, type Routes } from "./http.ts";
import type { ListenOptions } from "./listener.ts";
import { asksForWebSocket, handshakeError } from "./upgrade.ts";

export interface EntranceOptions {
  /** `network.path`, where WebSockets are spoken. */
  readonly path: string;
  readonly proxies: Proxies;
  readonly routes: Routes;
  readonly connections: Connections;
}

/** Answers each request: with a page, with the reason why not, or by taking up its WebSocket. */
export function createEntrance(
  { path, proxies, routes, connections }: EntranceOptions,
): ListenOptions["answer"] {
  return (request, peerAddress) => {
    if (!asksForWebSocket(request)) return routes(request, peerAddress);
    if (!isAt(request, path)) return refusal(404, "There is no relay at this path.");
    const error = handshakeError(request);
    if (error) return error;
    const { headers } = request;
    const address = clientAddress(peerAddress, headers, proxies);
    const full = connections.full(address);
    if (full === "closing") return refusal(503, "The relay is shutting down.");
    if (full === "blocked") return refusal(403, "Your address is blocked.");
    if (full === "total") return refusal(503, "The relay has as many connections as it takes.");
    if (full === "address") return refusal(429, "There are too many connections from your address.");
    const peer = {
      address,
      host: headers.get("host") ?? "",
      userAgent: headers.get("user-agent") ?? undefined,
    };
    return (socket) => connections.open(socket, peer);
  };
}

function refusal(status: number, line: string): Response {
  const headers = { "content-type": "text/plain; charset=utf-8", "retry-after": "60" };
  return new Response(`${line}\n`, { status, headers });
}
