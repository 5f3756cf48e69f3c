import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createWeb, type Web } from "../../src/identity/web.ts";
import { certificate, key } from "../fixtures/certificate.ts";
import { test } from "../harness.ts";

const { signal } = new AbortController();
const target = { domain: "names.test", address: "127.0.0.1", path: "/.well-known/nostr.json?name=bob" };

/** Runs a server on loopback that can prove to be names.test. */
async function serving(answer: RequestListener, ask: (web: Web) => Promise<void>): Promise<void> {
  const server = createServer({ key, cert: certificate }, answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await ask(createWeb({ port: (server.address() as AddressInfo).port, ca: certificate }));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("web: connects to the address that was checked, and asks for the domain", () =>
  serving((request, response) => response.end(`${request.headers.host} ${request.url}`), async (web) => {
    const { status, body } = await web.get(target, 1_000, signal);
    assert.deepEqual([status, body], [200, "names.test /.well-known/nostr.json?name=bob"]);
  }));

test("web: a server that cannot prove to be the domain is not asked", async () => {
  let asked = 0;
  await serving((_, response) => response.end(`${++asked}`), async (web) => {
    await assert.rejects(web.get({ ...target, domain: "other.test" }, 1_000, signal));
  });
  assert.equal(asked, 0);
});

test("web: a redirect is not followed", async () => {
  const urls: unknown[] = [];
  await serving((request, response) => {
    urls.push(request.url);
    response.writeHead(302, { location: "/elsewhere" }).end("moved");
  }, async (web) => assert.equal((await web.get(target, 1_000, signal)).status, 302));
  assert.deepEqual(urls, [target.path]);
});

test("web: no more of an answer is read than was allowed", () =>
  serving((_, response) => {
    const more = () => void (response.destroyed || response.write("x".repeat(10_000), more));
    more();
  }, (web) => assert.rejects(web.get(target, 50_000, signal))));

test("web: an answer that never comes ends with the abort", () => {
  const abort = new AbortController();
  return serving(() => abort.abort(), (web) => assert.rejects(web.get(target, 1_000, abort.signal)));
});

test("web: an answer that is cut off is none", () =>
  serving((_, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("x", () => response.destroy());
  }, (web) => assert.rejects(web.get(target, 1_000, signal))));
