import assert from "node:assert/strict";
import { parseArguments, USAGE, UsageError } from "../../src/cli/arguments.ts";
import { test } from "../harness.ts";

for (
  const [line, expected] of [
    ["", { command: "serve", flags: {} }],
    ["serve", { command: "serve", flags: {} }],
    ["config check", { command: "config check", flags: {} }],
    ["--config a.toml", { command: "serve", config: "a.toml", flags: {} }],
    ["serve --config=a.toml", { command: "serve", config: "a.toml", flags: {} }],
    ["config check --db memory: --port 7000 --address ::1", {
      command: "config check",
      flags: { db: "memory:", port: "7000", address: "::1" },
    }],
    ["--help", { command: "help", flags: {} }],
    ["config check --help", { command: "help", flags: {} }],
    ["--version", { command: "version", flags: {} }],
    ["migrate --from ./data --to sqlite:b", { command: "migrate", from: "./data", to: "sqlite:b" }],
    ["migrate --help", { command: "help", flags: {} }],
  ] as const
) {
  test(`command line: "${line}" is understood`, () => {
    assert.deepEqual(parseArguments(line.split(" ").filter((word) => word !== "")), expected);
  });
}

for (
  const [line, complaint] of [
    ["srve", /Cannot run "srve": there is no such command/],
    ["config", /Cannot run "config"/],
    ["config check now", /Cannot run "config check now"/],
    ["--prot 7000", /--prot/],
    ["-h", /-h/],
    ["--port", /--port/],
    ["--help=yes", /--help/],
    ["migrate --from ./data", /migrate needs --from and --to/],
    ["migrate --from a --to b --port 1", /--port is of no use to migrate/],
    ["migrate --from a --to b --config c", /--config is of no use to migrate/],
    ["sync", /sync needs one ws:\/\/ or wss:\/\/ URL/],
    ["sync https://x.test", /sync needs one/],
    ["sync wss://x.test wss://y.test", /sync needs one/],
    ["sync wss://x.test --dir sideways", /--dir is up, down or both, not sideways/],
    ["sync wss://x.test --port 1", /--port is of no use to sync/],
    ["serve --filter {}", /--filter is of no use to serve/],
    ["serve --from a", /--from is of no use to serve/],
    ["config check --to a", /--to is of no use to config check/],
  ] as const
) {
  test(`command line: "${line}" is refused in one sentence`, () => {
    assert.throws(() => parseArguments(line.split(" ")), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, complaint);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  });
}

test("command line: sync is for all events, both ways, unless told otherwise", () => {
  const url = "wss://x.test";
  const flags = { db: undefined };
  const byDefault = {
    command: "sync",
    url,
    filter: "{}",
    direction: "both",
    config: undefined,
    flags,
  } as const;
  assert.deepEqual(parseArguments(["sync", url]), byDefault);
  assert.deepEqual(
    parseArguments(["sync", "--dir", "up", url, "--filter", '{"kinds":[1]}', "--db", "d", "--config", "c"]),
    { ...byDefault, filter: '{"kinds":[1]}', direction: "up", config: "c", flags: { db: "d" } },
  );
});

test("command line: the usage names every command and flag", () => {
  const commands = ["serve", "config check", "migrate", "sync"];
  const flags = ["config", "db", "address", "port", "from", "to", "filter", "dir", "help", "version"];
  for (const word of [...commands, ...flags.map((flag) => `--${flag}`)]) {
    assert.ok(USAGE.includes(word), word);
  }
});
