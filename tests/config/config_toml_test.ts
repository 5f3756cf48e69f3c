import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { loadConfig } from "../../src/config/load.ts";
import { keysBySection } from "../../src/config/setting.ts";
import { isTable } from "../../src/config/shape.ts";
import { test } from "../harness.ts";

const text = readFileSync(new URL("../../config.toml", import.meta.url), "utf8");
const uncommented = parse(text.replace(/^#(?=\w+ = )/gm, ""));

test("config.toml as it is changes no default", () => {
  assert.deepEqual(loadConfig({ text }), loadConfig({}));
});

test("config.toml names every setting and nothing else", () => {
  const named = Object.entries(uncommented).map(([section, table]) => [section, Object.keys(table).sort()]);
  const known = [...keysBySection].map(([section, keys]) => [section, [...keys.keys()].sort()]);
  assert.deepEqual(Object.fromEntries(named), Object.fromEntries(known));
});

test("config.toml shows each setting at its default, or says that it is unset and shows a value that fits", () => {
  for (const [section, keys] of keysBySection) {
    const shown = uncommented[section];
    assert.ok(isTable(shown));
    for (const [name, key] of keys) {
      const value = key.shape.read(shown[name], (at, got) => assert.fail(`${section}.${name}${at}: ${got}`));
      if (key.default !== undefined) assert.deepEqual(value, key.default, `${section}.${name}`);
    }
  }
});

test("config.toml says of every setting that has no default that it is unset", () => {
  for (const [section, keys] of keysBySection) {
    const body = text.slice(text.indexOf(`[${section}]`)).split(/\n\[/, 1)[0]!;
    for (const [name, key] of keys) {
      const paragraph = body.split("\n\n").find((part) => part.includes(`\n#${name} = `)) ?? "";
      if (key.default === undefined) assert.match(paragraph, /Unset by default/, `${section}.${name}`);
      else if (paragraph !== "") assert.doesNotMatch(paragraph, /Unset by default/, `${section}.${name}`);
    }
  }
});
