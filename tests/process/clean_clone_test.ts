import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { Client } from "../fixtures/client.ts";
import { onDeno, root, spawnRelay, temporaryFolder } from "../fixtures/process.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const RULE =
  "clean clone: `deno task start` installs what it needs, starts, and stops when the task is told to";

/** Why this machine can't show it; undefined when it can. */
function obstacle(): string | undefined {
  if (!onDeno) return "`deno task` is Deno's";
  if (!existsSync(join(root, ".git"))) return "this is no clone";
  if (spawnSync("git", ["-C", root, "rev-parse", "HEAD"]).status !== 0) return "git is not to be had";
  using folder = temporaryFolder();
  if (!clone(folder.path)) return "the repository can't be cloned";
  const installed = spawnSync(process.execPath, ["install"], { cwd: folder.path, encoding: "utf8" });
  return installed.status === 0 ? undefined : `packages can't be installed: ${firstError(installed.stderr)}`;
}

const firstError = (text: string): string => /error:.*/.exec(text)?.[0] ?? "unknown";

function clone(into: string): boolean {
  return spawnSync("git", ["clone", "--quiet", "--depth=1", `file://${root}`, into]).status === 0;
}

async function show(): Promise<void> {
  using folder = temporaryFolder();
  assert.ok(clone(folder.path));
  assert.equal(existsSync(join(folder.path, "node_modules")), false);
  await using relay = await spawnRelay({ directory: folder.path, command: ["task", "start"] });
  try {
    await using client = await Client.connect(relay.url);
    assert.deepEqual(await client.publish(signedEvent()), [true, ""]);
  } finally {
    relay.kill("SIGTERM"); // the task's process, which passes it on
    await relay.ended();
  }
  await relay.line(/^stopped$/);
  const { stdout } = spawnSync("git", ["-C", folder.path, "status", "--porcelain"], { encoding: "utf8" });
  assert.equal(stdout, "", "starting changed files of the repository");
}

const reason = obstacle();
if (reason === undefined) test(RULE, show);
else test.skip(RULE, reason);
