import type { NamesDocument } from "../protocol/nip05.ts";
import type { RelayInfo } from "../protocol/relay_info.ts";
import { preferred } from "./accept.ts";
import { FAVICON } from "./pages/favicon.ts";
import { landingPage, PAGE_POLICY } from "./pages/landing.ts";

export interface RouteOptions {
  /** `network.path`. */
  readonly path: string;
  /** Asked each time, as operators may change it. */
  readonly relayInfo: () => RelayInfo;
  /** `info.relay_url`; unset: the address under which the client asked. */
  readonly relayUrl?: string;
  /** HTML shown in place of the built-in page. */
  readonly page?: string;
  /** Shown in place of the built-in icon. */
  readonly favicon?: Asset;
  /** Unset: /metrics is not served here. */
  readonly metrics?: MetricsText;
  /** Answers `/.well-known/nostr.json` for a name, or for all when it is null (NIP-05). Unset: not served. */
  readonly names?: (name: string | null) => NamesDocument;
  /** Answers calls (NIP-86) at `path`. Unset: none are taken. */
  readonly calls?: Route;
  /** Asked at each /health. */
  readonly health: () => Health;
  /** Whether this socket's address is a proxy's whose x-forwarded-proto may be believed. */
  readonly isTrusted: (peer: string) => boolean;
}

export interface Asset {
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

export interface Health {
  readonly healthy: boolean;
  /** More for the one who asks, e.g. the version. Public. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/** Answers a request that is no WebSocket handshake. `peer` is the socket's address. */
export type Routes = (request: Request, peer: string) => Response | Promise<Response>;

type Route = (request: Request, peer: string) => Response | Promise<Response>;

const METHODS = "GET, HEAD, OPTIONS";

/** The type of a call (NIP-86). */
const CALL = "application/nostr+json+rpc";

/** NIP-11 demands the first three; browsers are told not to guess a type. */
const EVERYWHERE = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "*",
  "access-control-allow-methods": METHODS,
  "x-content-type-options": "nosniff",
};

/** The same where calls are taken: "*" does not stand for Authorization. */
const WITH_CALLS = {
  ...EVERYWHERE,
  "access-control-allow-headers": "*, Authorization",
  "access-control-allow-methods": `${METHODS}, POST`,
};

/** Everything that the relay's port says over plain HTTP. */
export function createRoutes(options: RouteOptions): Routes {
  const routes = new Map<string, Route>([
    ["/health", () => healthResponse(options.health())],
    ["/favicon.ico", () => assetResponse(options.favicon ?? FAVICON)],
    [pathOf(options.path), endpoint(options)],
  ]);
  if (options.metrics) routes.set("/metrics", metricsRoute(options.metrics));
  const { calls, names, path } = options;
  if (names) routes.set("/.well-known/nostr.json", namesRoute(names));
  if (!calls) return router((request, peer) => answer(routes, request, peer));
  const isCall = (request: Request) =>
    isAt(request, path) && request.method === "POST" && hasType(request, CALL);
  return router(
    (request, peer) => isCall(request) ? calls(request, peer) : answer(routes, request, peer),
    WITH_CALLS,
  );
}

/** What a port of its own for metrics says. */
export function createMetricsRoutes(metrics: MetricsText): Routes {
  const routes = new Map([["/metrics", metricsRoute(metrics)]]);
  return router((request, peer) => answer(routes, request, peer));
}

/** Whether a request goes to this path: WebSockets are spoken at one only (NIP-01). */
export const isAt = (request: Request, path: string): boolean =>
  URL.parse(request.url)?.pathname === pathOf(path);

/** A path as it arrives in URLs. */
const pathOf = (path: string): string => new URL(path, "http://localhost").pathname;

const hasType = ({ headers }: Request, type: string): boolean =>
  headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase() === type;

function router(route: Route, everywhere: Readonly<Record<string, string>> = EVERYWHERE): Routes {
  return async (request, peer) => {
    const response = await route(request, peer);
    for (const [name, value] of Object.entries(everywhere)) response.headers.set(name, value);
    if (request.method !== "HEAD") return response;
    // Said here, because a runtime that sees no body would say 0.
    response.headers.set("content-length", String((await response.arrayBuffer()).byteLength));
    return new Response(null, response);
  };
}

function answer(
  routes: ReadonlyMap<string, Route>,
  request: Request,
  peer: string,
): Response | Promise<Response> {
  const url = URL.parse(request.url);
  if (!url) return textResponse("The Host header makes no address.", { status: 400 });
  if (request.method === "OPTIONS") {
    return new Response(null, { status: 204, headers: { "access-control-max-age": "86400" } });
  }
  const route = routes.get(url.pathname);
  if (!route) return textResponse("There is nothing here.", { status: 404 });
  if (request.method !== "GET" && request.method !== "HEAD") {
    return textResponse(`Only ${METHODS} are answered here.`, { status: 405, headers: { allow: METHODS } });
  }
  return route(request, peer);
}

/** NIP-11: the document and the WebSocket share an address; what is wanted stands in the Accept header. */
function endpoint({ relayInfo, relayUrl, page, isTrusted }: RouteOptions): Route {
  const headers = { vary: "accept" };
  return (request, peer) => {
    const wanted = preferred(request.headers.get("accept"), ["application/nostr+json", "text/html"]);
    if (wanted === "application/nostr+json") {
      return new Response(JSON.stringify(relayInfo()), {
        headers: { ...headers, "content-type": "application/nostr+json; charset=utf-8" },
      });
    }
    const html = { ...headers, "content-type": "text/html; charset=utf-8" };
    if (wanted && page !== undefined) return new Response(page, { headers: html });
    const address = relayUrl ?? addressOf(request, isTrusted(peer));
    if (wanted) {
      return new Response(landingPage(relayInfo(), address), {
        headers: { ...html, "content-security-policy": PAGE_POLICY, "referrer-policy": "no-referrer" },
      });
    }
    return textResponse(`${relayInfo().name} is a Nostr relay: connect to ${address} with a Nostr client.`, {
      headers,
    });
  };
}

/** The address of the WebSocket, as the client that asks can reach it. */
function addressOf(request: Request, behindProxy: boolean): string {
  const url = new URL(request.url);
  const forwarded = behindProxy
    ? request.headers.get("x-forwarded-proto")?.split(",").at(-1)?.trim()
    : undefined;
  const isSecure = (forwarded ?? url.protocol).startsWith("https");
  return `${isSecure ? "wss" : "ws"}://${url.host}${url.pathname}`;
}

function healthResponse({ healthy, details }: Health): Response {
  return Response.json({ ...details, status: healthy ? "ok" : "unhealthy" }, {
    status: healthy ? 200 : 503,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
  });
}

function assetResponse({ type, body }: Asset): Response {
  return new Response(body, { headers: { "content-type": type, "cache-control": "public, max-age=86400" } });
}

function namesRoute(names: NonNullable<RouteOptions["names"]>): Route {
  return ({ url }) =>
    Response.json(names(new URL(url).searchParams.get("name")), {
      headers: { "cache-control": "max-age=300" },
    });
}

function metricsRoute(metrics: MetricsText): Route {
  return async () =>
    new Response(await metrics.text(), {
      headers: { "content-type": metrics.contentType, "cache-control": "no-store" },
    });
}

function textResponse(line: string, { status = 200, headers = {} }: TextOptions): Response {
  return new Response(`${line}\n`, {
    status,
    headers: { ...headers, "content-type": "text/plain; charset=utf-8" },
  });
}

interface TextOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}
