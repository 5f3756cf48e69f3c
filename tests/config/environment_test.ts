import assert from "node:assert/strict";
import { loadConfig } from "../../src/config/load.ts";
import { test } from "../harness.ts";
import { problems } from "./problems.ts";

const load = (name: string, value: string) => loadConfig({ environment: { [name]: value } });

for (
  const [rule, value, expected] of [
    ["between commas", "0,1, 3", [0, 1, 3]],
    ["as JSON", "[0, 1, 3]", [0, 1, 3]],
    ["of one item", "7", [7]],
    ["that is empty", "[]", []],
  ] as const
) {
  test(`environment: a list ${rule}`, () => {
    assert.deepEqual(
      load("NOSTR__LIMITS__EVENT_KIND_ALLOWLIST", value).limits.event_kind_allowlist,
      expected,
    );
  });
}

test("environment: numbers may group digits as TOML's", () => {
  assert.equal(load("NOSTR__LIMITS__MAX_EVENT_BYTES", "65_000").limits.max_event_bytes, 65_000);
});

test("environment: switches are true or false", () => {
  assert.equal(load("NOSTR__METRICS__ENABLED", "false").metrics.enabled, false);
  assert.equal(problems({ environment: { NOSTR__METRICS__ENABLED: "no" } }).length, 1);
});

test("environment: text that looks like a number stays text", () => {
  assert.equal(load("NOSTR__INFO__NAME", "007").info.name, "007");
});

test("environment: a table as JSON", () => {
  assert.deepEqual(load("NOSTR__LOGGING__LEVELS", '{"storage":"debug"}').logging.levels, {
    storage: "debug",
  });
});

for (
  const [rule, variable, value] of [
    ["as JSON", "NOSTR__LIMITS__MIN_POW_DIFFICULTY_BY_KIND", '{"7":20}'],
    ["an entry at a time", "NOSTR__LIMITS__MIN_POW_DIFFICULTY_BY_KIND__7", "20"],
  ] as const
) {
  test(`environment: a table of numbers ${rule}`, () => {
    assert.deepEqual(load(variable, value).limits.min_pow_difficulty_by_kind, { 7: 20 });
  });
}

test("environment: an empty value counts as not set", () => {
  assert.equal(load("NOSTR__NETWORK__PORT", "").network.port, 8080);
});

test("environment: other variables are none of ours", () => {
  assert.deepEqual(
    problems({ environment: { PATH: "/bin", NOSTR: "x", NOSTR_RELAY: "x", UNSET: undefined } }),
    [],
  );
});

for (
  const [rule, variable, key, meant] of [
    ["a misspelt key", "NOSTR__NETWORK__PROT", "network.prot", "network.port"],
    ["a misspelt section", "NOSTR__NETWRK__PORT", "netwrk.port", "network.port"],
    ["no key", "NOSTR__FOO", "foo", undefined],
    ["an entry of what is no table", "NOSTR__NETWORK__PORT__X", "network.port.x", "network.port"],
    ["an entry of an entry", "NOSTR__LOGGING__LEVELS__A__B", "logging.levels.a.b", "logging.levels"],
    ["a prototype's name", "NOSTR__CONSTRUCTOR__NAME", "constructor.name", "info.name"],
  ] as const
) {
  test(`environment: ${rule} is no setting`, () => {
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    assert.deepEqual(problems({ environment: { [variable]: "1" } }), [
      `${key} (environment ${variable}) is not a setting${hint}`,
    ]);
  });
}

test("environment: broken JSON is told what fits", () => {
  const [problem] = problems({ environment: { NOSTR__LIMITS__EVENT_KIND_ALLOWLIST: "[1," } });
  assert.match(problem ?? "", /got "\[1,", expected a list, each item a whole number from 0 to 65535$/);
});
