import assert from "node:assert/strict";
import { loadConfig } from "../../src/config/load.ts";
import { test } from "../harness.ts";
import { problems } from "./problems.ts";

const environment = { NOSTR__NETWORK__PORT: "7002" };
const flags = { port: "7003" };
const text = '[network]\nport = 7001\naddress = "::1"';

for (
  const [rule, sources, port] of [
    ["defaults apply where nobody says anything", {}, 8080],
    ["the file goes before defaults", { text }, 7001],
    ["the environment goes before the file", { text, environment }, 7002],
    ["flags go before the environment", { text, environment, flags }, 7003],
  ] as const
) test(`config: ${rule}`, () => assert.equal(loadConfig(sources).network.port, port));

test("config: a later source replaces only what it names", () => {
  const { network } = loadConfig({ text, environment, flags });
  assert.equal(network.address, "::1");
  assert.equal(network.path, "/");
});

test("config: levels of rooms are gathered from every source", () => {
  const { logging } = loadConfig({
    text: '[logging.levels]\nstorage = "debug"\npolicy = "error"',
    environment: { NOSTR__LOGGING__LEVELS__POLICY: "trace", NOSTR__LOGGING__LEVELS__RELAY: "fatal" },
  });
  assert.deepEqual(logging.levels, { storage: "debug", policy: "trace", relay: "fatal" });
});

test("config: loading leaves no trace in the defaults", () => {
  loadConfig({ text: '[logging.levels]\nstorage = "debug"' });
  assert.deepEqual(loadConfig({}).logging.levels, {});
});

test("config: what an earlier source says must be right even where it is overridden", () => {
  assert.equal(problems({ text: "network.port = true", flags }).length, 1);
});

test("config: every problem of every source is listed", () => {
  const found = problems({
    text: "[limits]\nmax_filters = 0\nmax_filtrs = 3\ndefault_limit = 6000",
    environment: { NOSTR__NETWORK__PORT: "high" },
    flags: { address: "not an address" },
  });
  assert.deepEqual(found, [
    "limits.max_filtrs (config.toml) is not a setting; did you mean limits.max_filters?",
    "limits.max_filters (config.toml): got 0, expected a whole number of filters, 1 or more",
    'network.port (environment NOSTR__NETWORK__PORT): got "high", expected a whole number from 0 to 65535',
    'network.address (flag --address): got "not an address", expected an IP address or a host name',
    "limits.default_limit (6000) is above limits.max_limit (5000)",
  ]);
});

for (
  const [db, engine, directory] of [
    ["./events", "sqlite", "./events"],
    ["sqlite:./events", "sqlite", "./events"],
    ["sqlite:///var/lib/longneck", "sqlite", "/var/lib/longneck"],
    ["memory:", "memory", "./data"],
    ["C:\\events", "sqlite", "C:\\events"],
  ] as const
) {
  test(`config: --db ${db} decides engine and folder`, () => {
    const { database } = loadConfig({ text: 'database.engine = "memory"', flags: { db } });
    assert.equal(database.engine, engine);
    assert.equal(database.data_directory, directory);
  });
}
