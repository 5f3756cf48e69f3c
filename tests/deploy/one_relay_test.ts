import assert from "node:assert/strict";
import process from "node:process";
import { type ListeningProcess, spawnRelay } from "../fixtures/process.ts";
import { closePayload, frame, OPCODE } from "../fixtures/raw_client.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";
import { program } from "./files.ts";
import { CLIENT, get, makeCertificate, NAME, type Proxy, startCaddy, startNginx, upgraded } from "./proxy.ts";

const ENV = { NOSTR__DATABASE__ENGINE: "memory", NOSTR__NETWORK__REMOTE_IP_HEADER: "x-forwarded-for" };
const TLS = { tls: true };

/** The examples for one relay, before this one. */
const proxies: Record<string, { program: string; start: (relay: ListeningProcess) => Promise<Proxy> }> = {
  "nginx.conf": {
    program: "nginx",
    start: (relay) =>
      startNginx("deploy/nginx.conf", ({ port, folder }) => {
        makeCertificate(folder);
        return [
          [/http:\/\/127\.0\.0\.1:8080/, `http://127.0.0.1:${relay.port}`],
          [/listen 443 ssl/, `listen 127.0.0.1:${port} ssl`],
          [/listen 80;/, `listen unix:${folder}/http.sock;`],
          [/listen \[::\].*;/g, ""], // not every machine has IPv6
          [/\S+fullchain\.pem/, "cert.pem"],
          [/\S+privkey\.pem/, "key.pem"],
        ];
      }),
  },
  Caddyfile: {
    program: "caddy",
    start: (relay) =>
      startCaddy("deploy/Caddyfile", ({ port, folder }) => {
        makeCertificate(folder);
        return [
          [/reverse_proxy 127\.0\.0\.1:8080/, `reverse_proxy 127.0.0.1:${relay.port}`],
          [/^relay\.example\.com \{/m, `https://${NAME}:${port} {\nbind 127.0.0.1\ntls cert.pem key.pem`],
        ];
      }),
  },
};

/** Registers a test for each example whose proxy this machine has. */
function testOnProxies(rule: string, body: (proxy: Proxy, relay: ListeningProcess) => Promise<void>): void {
  for (const [file, { program: name, start }] of Object.entries(proxies)) {
    const missing = [name, "openssl"].find((needed) => !program(needed));
    if (missing) test.skip(`${file}: ${rule}`, `${missing} is not installed`);
    else if (process.platform !== "linux") test.skip(`${file}: ${rule}`, "only Linux has all of 127.0.0.0/8");
    else {
      test(`${file}: ${rule}`, async () => {
        await using relay = await spawnRelay({ env: ENV });
        await using proxy = await start(relay);
        await body(proxy, relay);
      });
    }
  }
}

testOnProxies(
  "a WebSocket through TLS; the relay knows the client, whatever that says of itself",
  async ({ port }, relay) => {
    const headers = { "X-Forwarded-For": "203.0.113.7" };
    await using client = await upgraded(port, { ...TLS, headers });
    const event = signedEvent({ content: "through a proxy" });
    client.send("EVENT", event);
    assert.deepEqual((await client.message("OK")).slice(1, 3), [event.id, true]);
    client.send("REQ", "all", {});
    assert.deepEqual((await client.message("EVENT"))[2], event);
    client.write(frame(closePayload(1000), { opcode: OPCODE.close }));
    assert.equal(await client.closed(), 1000);
    const { properties } = await relay.line(/^connection .* ended/);
    assert.deepEqual([properties.address, properties.reason], [CLIENT, "normal"]);
  },
);

testOnProxies("a relay that stops tells its clients so", async ({ port }, relay) => {
  await using client = await upgraded(port, TLS);
  client.send("REQ", "live", {});
  await client.message("EOSE");
  relay.kill("SIGTERM");
  assert.equal(await client.closed(), 1001);
  assert.deepEqual(await relay.ended(), { code: 0, signal: null });
});

testOnProxies(
  "pages and the NIP-11 document, told by Accept and with the address that clients use",
  async ({ port }) => {
    const page = await get(port, { ...TLS, headers: { Accept: "text/html" } });
    assert.equal(page.status, 200);
    assert.match(page.text, new RegExp(`wss://${NAME}`));
    assert.match(page.headers.get("strict-transport-security") ?? "", /^max-age=/);
    const { text } = await get(port, { ...TLS, headers: { Accept: "application/nostr+json" } });
    assert.equal(JSON.parse(text).name, "Longneck");
  },
);
