import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../../src/config/error.ts";
import { DEFAULT_FILE, readConfigFile } from "../../src/config/file.ts";
import { test } from "../harness.ts";

const MISSING = join("no", "such", "folder", "config.toml");

test("a missing file that was named is an error", () => {
  assert.throws(() => readConfigFile(MISSING), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(error.message, /config\.toml can't be read/);
    return true;
  });
});

test("a folder that was named is an error", () => {
  assert.throws(() => readConfigFile("."), ConfigError);
});

test("the default file is absent where reading it would need a permission", () => {
  assert.deepEqual(readConfigFile(undefined, { mayRead: () => false }), { file: DEFAULT_FILE });
});

test("a named file is read", () => {
  assert.match(
    readConfigFile(fileURLToPath(new URL("../../config.toml", import.meta.url))).text ?? "",
    /\[network\]/,
  );
});
