import assert from "node:assert/strict";
import { loadConfig } from "../../src/config/load.ts";
import { test } from "../harness.ts";
import { problems } from "./problems.ts";

const KEY = "0123456789abcdef".repeat(4);

for (
  const [setting, value, expected] of [
    ["limits.max_event_bytes", '"64KB"', "a whole number of bytes, 1 or more"],
    ["limits.max_event_bytes", "0.5", "a whole number of bytes, 1 or more"],
    ["limits.max_event_bytes", "inf", "a whole number of bytes, 1 or more"],
    ["limits.max_event_bytes", "-1", "a whole number of bytes, 1 or more"],
    ["network.ping_interval_seconds", '"5m"', "a whole number of seconds from 1 to 2147483"],
    ["network.ping_interval_seconds", "0", "a whole number of seconds from 1 to 2147483"],
    ["network.ping_interval_seconds", "2147484", "a whole number of seconds from 1 to 2147483"],
    ["network.port", "65536", "a whole number from 0 to 65535"],
    ["network.unix_socket_mode", "660", `a file's mode as text of three octal digits, such as "660"`],
    ["network.unix_socket_mode", '"888"', `a file's mode as text of three octal digits, such as "660"`],
    ["network.unix_socket", '"unix:///run/x.sock"', "a path"],
    [
      "network.path",
      '"relay"',
      "a path that starts with / and is not /health, /metrics, /favicon.ico, /.well-known/nostr.json",
    ],
    [
      "network.path",
      '"/metrics"',
      "a path that starts with / and is not /health, /metrics, /favicon.ico, /.well-known/nostr.json",
    ],
    ["network.address", '"1.2.3.4:80"', "an IP address or a host name"],
    ["network.remote_ip_header", '"x forwarded"', "the name of an HTTP header, such as x-forwarded-for"],
    [
      "network.trusted_proxies",
      '"10.0.0.0/8"',
      "a list, each item an IP address or a network such as 10.0.0.0/8",
    ],
    ["info.relay_url", '"https://relay.example"', "a ws:// or wss:// URL"],
    ["info.relay_url", '"relay.example"', "a ws:// or wss:// URL"],
    ["info.icon", '"/icon.png"', "an http:// or https:// URL"],
    ["info.name", '" "', "some text"],
    ["info.pubkey", `"${KEY.toUpperCase()}"`, "a public key of 64 lowercase hex digits"],
    ["info.pubkey", '"npub1xyz"', "a public key of 64 lowercase hex digits"],
    ["options.prefix_search", '"yes"', "true or false"],
    ["options.prefix_search", "1", "true or false"],
    ["database.engine", '"mysql"', 'one of "sqlite", "postgres", "memory"'],
    ["database.data_directory", '"file:///x"', "a path"],
    ["logging.file_prefix", '"../x"', "the beginning of a file name: no slashes"],
    ["logging.level", '"verbose"', 'one of "trace", "debug", "info", "warning", "error", "fatal"'],
  ] as const
) {
  test(`config: ${setting} = ${value} is told what fits`, () => {
    const [problem = "", ...others] = problems({ text: `${setting} = ${value}` });
    assert.deepEqual(others, []);
    assert.ok(problem.startsWith(`${setting} (config.toml): got `), problem);
    assert.ok(problem.endsWith(`, expected ${expected}`), problem);
  });
}

for (
  const [rule, text, expected] of [
    ["an item of a list", "limits.event_kind_blacklist = [4, 65536]", "limits.event_kind_blacklist[1] "],
    ["a network that is too wide", 'network.trusted_proxies = ["::1/129"]', "network.trusted_proxies[0] "],
    ["a key in a list", 'authorization.pubkey_whitelist = ["x"]', "authorization.pubkey_whitelist[0] "],
    ["a room's level", 'logging.levels.storage = "loud"', "logging.levels.storage "],
    [
      "a kind's difficulty",
      "limits.min_pow_difficulty_by_kind = { 1 = 257 }",
      "limits.min_pow_difficulty_by_kind.1 ",
    ],
    [
      "what is no kind",
      "limits.min_pow_difficulty_by_kind = { x = 1 }",
      "limits.min_pow_difficulty_by_kind.x ",
    ],
    [
      "a kind that is too high",
      "limits.min_pow_difficulty_by_kind = { 65536 = 1 }",
      "limits.min_pow_difficulty_by_kind.65536 ",
    ],
    [
      "a kind spelt oddly",
      "limits.min_pow_difficulty_by_kind = { 01 = 1 }",
      "limits.min_pow_difficulty_by_kind.01 ",
    ],
    ["an unknown room", 'logging.levels.cellar = "info"', "logging.levels.cellar "],
    ["a section that is none", "limits = 3", "limits "],
  ] as const
) {
  test(`config: a problem names its place: ${rule}`, () => {
    const found = problems({ text });
    assert.equal(found.length, 1);
    assert.ok(found[0]!.startsWith(`${expected}(config.toml): `), found[0]!);
  });
}

test("config: values that fit arrive as they are", () => {
  const config = loadConfig({
    text: `
      [info]
      relay_url = "wss://relay.example/nostr"
      pubkey = "${KEY}"
      [network]
      trusted_proxies = ["192.0.2.1", "2001:db8::/32"]
      path = "/nostr"
      address = "::"
      [limits]
      max_connections_per_ip = 0
      event_kind_allowlist = [0, 1, 65535]
      [performance]
      verifier_threads = 0`,
  });
  assert.equal(config.info.relay_url, "wss://relay.example/nostr");
  assert.equal(config.info.pubkey, KEY);
  assert.deepEqual(config.network.trusted_proxies, ["192.0.2.1", "2001:db8::/32"]);
  assert.deepEqual(config.limits.event_kind_allowlist, [0, 1, 65535]);
  assert.equal(config.limits.max_connections_per_ip, 0);
  assert.equal(config.performance.verifier_threads, 0);
});

test("config: a password in a URL is hidden under whatever setting it is written", () => {
  const url = "postgres://user:hunter2@db/nostr";
  for (
    const setting of ["info.icon", "database.data_directory", "database.conection"]
  ) {
    const found = problems({ text: `${setting} = "${url}"` }).join("\n");
    assert.notEqual(found, "");
    assert.doesNotMatch(found, /hunter2/);
  }
});

test("config: a mirror has a URL, and may have a filter and a direction", () => {
  const one = `{ url = "wss://x.test", filter = { kinds = [1], "#t" = ["a"] }, dir = "up" }`;
  const { mirrors } = loadConfig({ text: `[sync]\nmirrors = [{ url = "ws://y.test" }, ${one}]` }).sync;
  assert.deepEqual(JSON.parse(JSON.stringify(mirrors)), [
    { url: "ws://y.test" },
    { url: "wss://x.test", filter: { kinds: [1], "#t": ["a"] }, dir: "up" },
  ]);
  const NOSTR__SYNC__MIRRORS = '[{"url":"wss://x.test","dir":"down"}]';
  const read = loadConfig({ environment: { NOSTR__SYNC__MIRRORS } }).sync.mirrors;
  assert.deepEqual(read, [{ url: "wss://x.test", dir: "down" }]);
  for (
    const [mirror, complaint] of [
      ['{ dir = "up" }', /sync\.mirrors\[0\]\.url/],
      ['{ url = "https://x.test" }', /sync\.mirrors\[0\]\.url/],
      ['{ url = "wss://x.test", filter = { kind = 1 } }', /sync\.mirrors\[0\]\.filter/],
      ['{ url = "wss://x.test", dir = "in" }', /sync\.mirrors\[0\]\.dir/],
      ['{ url = "wss://x.test", interval = 1 }', /sync\.mirrors\[0\]\.interval/],
    ] as const
  ) {
    assert.match(problems({ text: `[sync]\nmirrors = [${mirror}]` }).join(), complaint);
  }
});
