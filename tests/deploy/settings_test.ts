import assert from "node:assert/strict";
import { parse } from "yaml";
import { loadConfig } from "../../src/config/load.ts";
import { test } from "../harness.ts";
import { read } from "./files.ts";

/** Seconds that `serve` gives itself to stop. */
const STOP_LIMIT = 10;

const { limits, network } = loadConfig({});
const unit = read("deploy/longneck.service");
const dockerfile = read("deploy/Dockerfile");
const { relay } = parse(read("deploy/compose.yaml")).services;
const guide = read("docs/deploy.md");

/** What a line of the unit, or several of one name, say. */
const unitSays = (name: string): string[] =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value]) => value!);

const assignments = (text: string, pattern: RegExp): Record<string, string> =>
  Object.fromEntries([...text.matchAll(pattern)].map(([, name, value]) => [name!, value!]));

const mapped = (texts: Record<string, string>, change: (text: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, change(text)]));

/** The relay's variables in each file, with the values that they have there or, of compose, by default. */
const environments: Record<string, Record<string, string>> = {
  "longneck.service": assignments(unit, /^Environment=(NOSTR__\w+)=(.*)$/gm),
  "Dockerfile": assignments(dockerfile, /^ENV (NOSTR__\w+)=(.*)$/gm),
  "compose.yaml": mapped(relay.environment, (value) => value.replace(/\$\{\w+:-(.*)\}/, "$1")),
  "docs/deploy.md": {
    DATABASE_URL: "postgres://host/database", // as Deno Deploy sets it
    ...assignments(guide, /^(NOSTR__\w+)=(.*)$/gm),
  },
};

for (const [file, environment] of Object.entries(environments)) {
  test(`deploy settings: the relay takes those of ${file}`, () => {
    assert.ok(Object.keys(environment).some((name) => name.startsWith("NOSTR__")));
    loadConfig({ environment });
  });
}

test("deploy settings: every variable that is named anywhere is one of the relay's", () => {
  const files = [
    "longneck.service",
    "Dockerfile",
    "compose.yaml",
    ".env.example",
    "nginx.conf",
    "nginx.compose.conf",
    "Caddyfile",
  ];
  const texts = [guide, ...files.map((file) => read(`deploy/${file}`))];
  const named = texts.flatMap((text) => text.match(/NOSTR__[A-Z0-9_]*[A-Z0-9]/g) ?? []);
  assert.ok(named.length > 0);
  loadConfig({ environment: Object.fromEntries(named.map((name) => [name, ""])) }); // unknown ones are errors even empty
});

test("deploy settings: the relay takes the examples of config.toml in docs/deploy.md", () => {
  const examples = [...guide.matchAll(/^```toml\n([\s\S]*?)^```$/gm)].map(([, text]) => text!);
  assert.ok(examples.length > 0);
  for (const text of examples) loadConfig({ text });
});

test("deploy settings: every supervisor waits longer than the relay takes to stop", () => {
  assert.ok(Number(unitSays("TimeoutStopSec")[0]) > STOP_LIMIT);
  assert.ok(parseInt(relay.stop_grace_period) > STOP_LIMIT);
});

test("deploy settings: there are files enough for all connections, and nginx has two for each", () => {
  assert.ok(Number(unitSays("LimitNOFILE")[0]) > limits.max_connections);
  assert.ok(relay.ulimits.nofile > limits.max_connections);
  for (const file of ["nginx.conf", "nginx.compose.conf"]) {
    const [, connections] = /worker_connections (\d+);/.exec(read(`deploy/${file}`))!;
    assert.ok(Number(connections) > 2 * limits.max_connections, file);
  }
});

test("deploy settings: nginx waits longer for a word than the relay's pings are apart", () => {
  for (const file of ["nginx.conf", "nginx.compose.conf"]) {
    for (const name of ["proxy_read_timeout", "proxy_send_timeout"]) {
      const [, days] = new RegExp(`${name} (\\d+)d;`).exec(read(`deploy/${file}`))!;
      assert.ok(Number(days) * 86_400 > 2 * network.ping_interval_seconds, `${file}: ${name}`);
    }
  }
});

test("deploy settings: proxies are pointed at the port that the relay listens on by default", () => {
  assert.match(read("deploy/nginx.conf"), new RegExp(`proxy_pass http://127\\.0\\.0\\.1:${network.port};`));
  assert.match(read("deploy/Caddyfile"), new RegExp(`reverse_proxy 127\\.0\\.0\\.1:${network.port}\\n`));
  assert.match(read("deploy/nginx.compose.conf"), new RegExp(`set \\$relays relay:${network.port};`));
  assert.match(dockerfile, new RegExp(`^EXPOSE ${network.port}$`, "m"));
});
