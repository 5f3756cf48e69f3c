import assert from "node:assert/strict";
import type { RelayInfo } from "../../src/protocol/relay_info.ts";
import { createMetricsRoutes, createRoutes, isAt, type RouteOptions } from "../../src/runtime/http.ts";
import { test } from "../harness.ts";
import { info } from "./relay_info_fixture.ts";

const PROXY = "10.0.0.1";
const CLIENT = "203.0.113.5";

interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly peer?: string;
  readonly origin?: string;
}

function ask(
  { method = "GET", path = "/", accept, headers = {}, peer = CLIENT, origin = "http://relay.test:8080" }: Ask,
  options: Partial<RouteOptions> = {},
): Promise<Response> {
  const routes = createRoutes({
    path: "/",
    relayInfo: () => info,
    health: () => ({ healthy: true }),
    isTrusted: (address) => address === PROXY,
    ...options,
  });
  const all = accept === undefined ? headers : { ...headers, accept };
  return Promise.resolve(routes(new Request(`${origin}${path}`, { method, headers: all }), peer));
}

const metrics = {
  contentType: "text/plain; version=0.0.4; charset=utf-8",
  text: () => Promise.resolve("up 1\n"),
};

for (
  const [rule, asked, status, type, body] of [
    [
      "the document for who accepts it",
      { accept: "application/nostr+json" },
      200,
      "application/nostr+json",
      "{",
    ],
    ["a page for browsers", { accept: "text/html,*/*;q=0.8" }, 200, "text/html", "<!doctype html>"],
    [
      "a line of text for the rest",
      { accept: "*/*" },
      200,
      "text/plain",
      "Test is a Nostr relay: connect to ws://",
    ],
    ["the same without an Accept header", {}, 200, "text/plain", "Test is a Nostr relay"],
    ["health", { path: "/health" }, 200, "application/json", '{"status":"ok"}'],
    ["an icon", { path: "/favicon.ico" }, 200, "image/svg+xml", "<svg "],
    ["no metrics unless they are given", { path: "/metrics" }, 404, "text/plain", ""],
    ["nothing elsewhere", { path: "/admin" }, 404, "text/plain", ""],
    ["nothing below a path", { path: "/health/x" }, 404, "text/plain", ""],
    ["no POST", { method: "POST" }, 405, "text/plain", ""],
    ["no DELETE of the icon", { method: "DELETE", path: "/favicon.ico" }, 405, "text/plain", ""],
    ["a POST elsewhere finds nothing", { method: "POST", path: "/x" }, 404, "text/plain", ""],
  ] as const
) {
  test(`HTTP serves ${rule}`, async () => {
    const response = await ask(asked);
    assert.equal(response.status, status);
    assert.equal(response.headers.get("content-type")?.split(";")[0], type);
    assert.match(response.headers.get("content-type") ?? "", /; charset=utf-8$/);
    const text = await response.text();
    assert.ok(text.startsWith(body), text);
  });

  test(`HTTP allows any site to read, and forbids guessing the type: ${rule}`, async () => {
    const { headers } = await ask(asked);
    assert.equal(headers.get("access-control-allow-origin"), "*");
    assert.equal(headers.get("access-control-allow-headers"), "*");
    assert.equal(headers.get("access-control-allow-methods"), "GET, HEAD, OPTIONS");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  });

  test(`HEAD answers as GET without a body: ${rule}`, async () => {
    if ("method" in asked) return;
    const [get, head] = [await ask(asked), await ask({ ...asked, method: "HEAD" })];
    assert.equal(head.status, get.status);
    assert.equal(head.headers.get("content-length"), String((await get.arrayBuffer()).byteLength));
    head.headers.delete("content-length");
    assert.deepEqual([...head.headers], [...get.headers]);
    assert.equal(await head.text(), "");
  });
}

test("OPTIONS answers a preflight of a browser", async () => {
  const response = await ask({ method: "OPTIONS", headers: { "access-control-request-headers": "accept" } });
  assert.equal(response.status, 204);
  assert.equal(response.headers.get("access-control-allow-headers"), "*");
  assert.equal(await response.text(), "");
});

test("a wrong method is told the right ones", async () => {
  assert.equal((await ask({ method: "PUT" })).headers.get("allow"), "GET, HEAD, OPTIONS");
});

test("the document is the relay's information, and caches are told what it depends on", async () => {
  const response = await ask({ accept: "application/nostr+json" });
  assert.equal(response.headers.get("vary"), "accept");
  const expected: RelayInfo = JSON.parse(JSON.stringify(info));
  assert.deepEqual(await response.json(), expected);
});

test("a path of its own moves the document and leaves / empty", async () => {
  const moved = { path: "/nostr relay" };
  const accept = "application/nostr+json";
  assert.equal((await ask({ path: "/nostr%20relay", accept }, moved)).status, 200);
  assert.equal((await ask({ path: "/", accept }, moved)).status, 404);
});

test("isAt compares paths as they arrive, without the query", () => {
  const request = new Request("http://relay.test/nostr%20relay?x=1");
  assert.equal(isAt(request, "/nostr relay"), true);
  assert.equal(isAt(request, "/"), false);
});

test("an unhealthy relay answers 503 and its details", async () => {
  const health = () => ({ healthy: false, details: { writes: 9, status: "no detail may claim this" } });
  const response = await ask({ path: "/health" }, { health });
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), { writes: 9, status: "unhealthy" });
});

test("metrics are served on the relay's port when they are given", async () => {
  const response = await ask({ path: "/metrics" }, { metrics });
  assert.equal(response.headers.get("content-type"), metrics.contentType);
  assert.equal(await response.text(), "up 1\n");
});

test("a port for metrics serves nothing else", async () => {
  const routes = createMetricsRoutes(metrics);
  const status = async (path: string) =>
    (await routes(new Request(`http://localhost:9090${path}`), CLIENT)).status;
  assert.equal(await status("/metrics"), 200);
  assert.equal(await status("/"), 404);
});

test("the operator's page and icon go before the built-in ones", async () => {
  const page = "<p>mine</p>";
  const favicon = { type: "image/png", body: new Uint8Array([1, 2, 3]) };
  assert.equal(await (await ask({ accept: "text/html" }, { page })).text(), page);
  const icon = await ask({ path: "/favicon.ico" }, { favicon });
  assert.equal(icon.headers.get("content-type"), "image/png");
  assert.deepEqual(new Uint8Array(await icon.arrayBuffer()), favicon.body);
});

for (
  const [rule, asked, relayUrl, expected] of [
    ["the configured one", {}, "wss://relay.example/x", "wss://relay.example/x"],
    ["else the one that was asked", {}, undefined, "ws://relay.test:8080/"],
    ["over TLS a secure one", { origin: "https://relay.test" }, undefined, "wss://relay.test/"],
    [
      "behind a trusted proxy what that proxy was asked by",
      { peer: PROXY, headers: { "x-forwarded-proto": "https" } },
      undefined,
      "wss://relay.test:8080/",
    ],
    [
      "behind several proxies what the nearest says",
      { peer: PROXY, headers: { "x-forwarded-proto": "https, http" } },
      undefined,
      "ws://relay.test:8080/",
    ],
    [
      "a client's own x-forwarded-proto proves nothing",
      { headers: { "x-forwarded-proto": "https" } },
      undefined,
      "ws://relay.test:8080/",
    ],
  ] as const
) {
  test(`the address shown to people: ${rule}`, async () => {
    const text = await (await ask(asked, { relayUrl })).text();
    assert.equal(/connect to (\S+) with/.exec(text)?.[1], expected);
  });
}

test("a call is a POST of its own type at the relay's path; all else is answered as without calls", async () => {
  const calls = (_: Request, peer: string) => new Response(`called by ${peer}`);
  const call = (given: Ask, type: string) =>
    ask({ method: "POST", headers: { "content-type": type }, ...given }, { calls, path: "/relay" });
  const rpc = "application/nostr+json+rpc";
  for (const type of [rpc, `${rpc}; charset=utf-8`, "Application/Nostr+JSON+RPC"]) {
    assert.equal(await (await call({ path: "/relay" }, type)).text(), `called by ${CLIENT}`);
  }
  assert.equal((await call({ path: "/relay" }, "application/json")).status, 405);
  assert.equal((await call({ path: "/" }, rpc)).status, 404);
  assert.equal((await call({ path: "/relay", method: "PUT" }, rpc)).status, 405);
  const { headers } = await call({ path: "/relay" }, rpc);
  assert.equal(headers.get("access-control-allow-headers"), "*, Authorization");
  assert.equal(headers.get("access-control-allow-methods"), "GET, HEAD, OPTIONS, POST");
});
