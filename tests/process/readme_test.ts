import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnRelay, temporaryFolder } from "../fixtures/process.ts";
import { test } from "../harness.ts";

test("start: events and logs go to the folders that the README and config.toml give as examples", async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "my.toml"), '[logging]\nfolder_path = "./logs"\n');
  const args = ["--db", "./events", "--config", "my.toml"];
  await using _relay = await spawnRelay({ directory: folder.path, args });
  assert.equal(existsSync(join(folder.path, "events", "longneck.db")), true);
  assert.equal(readdirSync(join(folder.path, "logs")).length, 1);
});
