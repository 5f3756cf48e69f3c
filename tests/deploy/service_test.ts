import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../fixtures/process.ts";
import { test } from "../harness.ts";
import { program, read, replaced, run } from "./files.ts";

const tool = program("systemd-analyze");

/** What `systemd-analyze` says of the unit, with a program in it that is there. */
function analyze(...args: string[]): { code: number | null; said: string } {
  using folder = temporaryFolder();
  const unit = join(folder.path, "longneck.service");
  writeFileSync(unit, replaced(read("deploy/longneck.service"), [/^ExecStart=\S+/m, "ExecStart=/bin/true"]));
  return run(tool!, [...args, unit]);
}

function testOnSystemd(rule: string, body: () => void): void {
  if (tool) test(rule, body);
  else test.skip(rule, "systemd is not installed");
}

testOnSystemd("longneck.service: systemd finds nothing to complain of", () => {
  assert.deepEqual(analyze("verify", "--man=no"), { code: 0, said: "" });
});

testOnSystemd("longneck.service: little is left to somebody who has taken the relay over", () => {
  const { code, said } = analyze("security", "--offline=yes", "--threshold=15", "--no-pager"); // 1.5 of 10
  assert.equal(code, 0, said);
});
