import assert from "node:assert/strict";
import process from "node:process";
import { spawnRelay } from "../fixtures/process.ts";
import { test } from "../harness.ts";
import { startDns } from "./dns.ts";
import { program } from "./files.ts";
import { CLIENT, get, type Proxy, startNginx, upgraded } from "./proxy.ts";

/** Two relays at one port of two addresses, as containers are, and the compose file's nginx before them. */
async function startCompose() {
  await using stack = new AsyncDisposableStack();
  const env = { NOSTR__DATABASE__ENGINE: "memory", NOSTR__NETWORK__REMOTE_IP_HEADER: "x-forwarded-for" };
  const relay = async (name: string, address: string, port = 0) =>
    stack.use(
      await spawnRelay({
        env: {
          ...env,
          NOSTR__INFO__NAME: name,
          NOSTR__NETWORK__ADDRESS: address,
          NOSTR__NETWORK__PORT: String(port),
        },
      }),
    );
  const one = await relay("one", "127.0.0.2");
  const two = await relay("two", "127.0.0.3", one.port);
  const dns = stack.use(await startDns(["127.0.0.2", "127.0.0.3"]));
  const nginx: Proxy = stack.use(
    await startNginx("deploy/nginx.compose.conf", ({ port }) => [
      [/resolver 127\.0\.0\.11 /, `resolver 127.0.0.1:${dns.port} `],
      [/relay:8080/, `relay:${one.port}`],
      [/listen 80;/, `listen 127.0.0.1:${port};`],
    ]),
  );
  const stop = stack.move();
  return { one, two, port: nginx.port, [Symbol.asyncDispose]: () => stop.disposeAsync() };
}

/** The name of the relay that answers next. */
async function whoAnswers(port: number): Promise<string> {
  return JSON.parse((await get(port, { headers: { Accept: "application/nostr+json" } })).text).name;
}

function testOnNginx(
  rule: string,
  body: (parts: Awaited<ReturnType<typeof startCompose>>) => Promise<void>,
): void {
  const full = `nginx.compose.conf: ${rule}`;
  if (!program("nginx")) test.skip(full, "nginx is not installed");
  else if (process.platform !== "linux") test.skip(full, "only Linux has all of 127.0.0.0/8");
  else {
    test(full, async () => {
      await using parts = await startCompose();
      await body(parts);
    });
  }
}

testOnNginx("all relays behind the name are used; one that stops is left out", async ({ one, two, port }) => {
  const seen = new Set<string>();
  for (let tries = 0; seen.size < 2 && tries < 64; tries++) seen.add(await whoAnswers(port)); // 2^-63 to fail
  assert.deepEqual([...seen].sort(), ["one", "two"]);
  one.kill("SIGTERM");
  await one.ended();
  for (let tries = 0; tries < 8; tries++) assert.equal(await whoAnswers(port), "two");
  await using client = await upgraded(port);
  client.send("REQ", "live", {});
  await client.message("EOSE");
  two.kill("SIGTERM");
  assert.equal(await client.closed(), 1001);
});

testOnNginx(
  "the relay knows the client, be it next to nginx or behind a proxy that ends TLS",
  async ({ one, two, port }) => {
    one.kill("SIGTERM"); // so that all go to the other
    await one.ended();
    for (
      const [headers, address] of [[{}, CLIENT], [
        { "X-Forwarded-For": "203.0.113.7" },
        "203.0.113.7",
      ]] as const
    ) {
      await using client = await upgraded(port, { headers });
      client.destroy();
      await two.until(
        `the end of ${address}`,
        () => two.log.find(({ properties }) => properties.address === address),
      );
    }
    const headers = { Accept: "text/html", "X-Forwarded-Proto": "https" };
    assert.match((await get(port, { headers })).text, /wss:\/\/relay\.example\.com/);
  },
);
