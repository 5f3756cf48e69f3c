import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../src/config/load.ts";
import { configToml } from "../src/config/print.ts";
import { readKey } from "../src/relay_key_file.ts";
import { test } from "./harness.ts";
import { temporaryDirectory } from "./storage/stores.ts";

const SECRET = "7".padStart(64, "0");
const PUBKEY = "5cbdf0646e5db4eaa398f365f2ea7a0e3d419b7e0330e39ce92bddedcac4f9bc";

const keyOf = (lines: string) => readKey(loadConfig({ text: `[info]\n${lines}` }).info);

test("relay key: from the setting, or from a file of the relay's own; else there is none", () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, "relay.key");
  writeFileSync(file, `${SECRET}\n`, { mode: 0o600 });
  assert.equal(keyOf(`secret_key = "${SECRET}"`)!.pubkey, PUBKEY);
  assert.equal(keyOf(`secret_key_file = ${JSON.stringify(file)}`)!.pubkey, PUBKEY);
  assert.equal(keyOf(""), undefined);
});

test("relay key: a file that others may read, or without a key, is an error that does not show it", () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, "relay.key");
  const error = () => {
    try {
      keyOf(`secret_key_file = ${JSON.stringify(file)}`);
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.match(error()!, /^info.secret_key_file: cannot use /);
  writeFileSync(file, `${SECRET}\n`);
  chmodSync(file, 0o640);
  assert.match(error()!, /chmod 600/);
  chmodSync(file, 0o600);
  assert.equal(error(), undefined);
  writeFileSync(file, `nsec ${SECRET}`);
  assert.match(error()!, /expected 64 lowercase hex digits/);
  assert.ok(!error()!.includes(SECRET));
  writeFileSync(file, "0".repeat(64));
  assert.match(error()!, /no secret key of secp256k1/);
});

test("relay key: settings are printed without it", () => {
  const printed = configToml(loadConfig({ text: `info.secret_key = "${SECRET}"` }));
  assert.ok(printed.includes("secret_key") && !printed.includes(SECRET));
});
