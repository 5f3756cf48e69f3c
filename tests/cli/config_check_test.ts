import assert from "node:assert/strict";
import { parse } from "smol-toml";
import type { Arguments } from "../../src/cli/arguments.ts";
import { checkConfig } from "../../src/cli/config_check.ts";
import { loadConfig } from "../../src/config/load.ts";
import { test } from "../harness.ts";

const configCheck: Arguments = { command: "config check", flags: {} };

function check(environment: Record<string, string>, args = configCheck) {
  const printed: string[] = [];
  const complaints: string[] = [];
  const code = checkConfig(args, {
    environment,
    mayRead: () => false, // whatever ./config.toml says is none of these tests' business
    print: (text) => printed.push(text),
    complain: (text) => complaints.push(text),
  });
  return { code, printed: printed.join("\n"), complaints: complaints.join("\n") };
}

test("config check prints the settings in effect, which would load again as the same", () => {
  const environment = { NOSTR__LIMITS__MAX_FILTERS: "7", NOSTR__LOGGING__LEVELS__STORAGE: "debug" };
  const { code, printed, complaints } = check(environment);
  assert.equal(code, 0);
  assert.equal(complaints, "");
  assert.deepEqual(loadConfig({ text: printed }), loadConfig({ environment }));
});

test("config check masks secrets", () => {
  const { code, printed } = check({ NOSTR__DATABASE__CONNECTION: "sqlite:/srv/hunter2" }, {
    command: "config check",
    flags: {},
  });
  assert.equal(code, 0);
  const { database } = parse(printed);
  assert.deepEqual({ ...(database as object) }, {
    engine: "sqlite",
    data_directory: "/srv/hunter2",
    connection: "(hidden)",
    pool_size: 20,
    statement_timeout_seconds: 30,
    expiration_sweep_seconds: 60,
  });
});

test("config check complains of all that is wrong and prints nothing else", () => {
  const { code, printed, complaints } = check({ NOSTR__NETWORK__PORT: "x", NOSTR__NETWORK__PROT: "1" });
  assert.equal(code, 1);
  assert.equal(printed, "");
  assert.equal(complaints.split("\n").length, 2);
});

test("config check complains of a named file that is missing", () => {
  const { code, complaints } = check({}, { ...configCheck, config: "no/such/file.toml" });
  assert.equal(code, 1);
  assert.match(complaints, /no\/such\/file\.toml can't be read/);
});
