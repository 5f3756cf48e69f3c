import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { Client } from "../fixtures/client.ts";
import { onDeno, RelayProcess, root, runToEnd, spawnRelay, temporaryFolder } from "../fixtures/process.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

/** Runs compile.sh with the Bun that runs the tests. */
async function compile(folder: string): Promise<string> {
  const bin = join(folder, "bin"), output = join(folder, "longneck");
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, "bun"));
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const args = ["--with", "bun", "--output", output];
  await using build = new RelayProcess({ executable: join(root, "compile.sh"), args, env, directory: root });
  assert.deepEqual(await build.ended(60_000), { code: 0, signal: null }, build.output);
  return output;
}

const RULE = "executable: compiled, it runs in an empty folder on its own, and keeps what it acknowledged";

if (onDeno) test.skip(RULE, "it is compiled with Bun, in the tests on Bun");
else if (!existsSync("/bin/bash")) test.skip(RULE, "compile.sh needs bash");
else {
  test(RULE, async () => {
    using folder = temporaryFolder();
    using empty = temporaryFolder();
    const executable = await compile(folder.path);

    const version = await runToEnd({ executable, args: ["--version"], directory: empty.path });
    assert.match(version.stdout, /^longneck \d+\.\d+\.\d+ \(Bun [\d.]+, commit [0-9a-f]{7,}\)\n$/);
    assert.deepEqual(readdirSync(empty.path), []);

    const note = signedEvent({ content: "compiled" });
    for (const round of ["published", "found after a restart"]) {
      await using relay = await spawnRelay({ executable, directory: empty.path });
      await using client = await Client.connect(relay.url);
      if (round === "published") assert.deepEqual(await client.publish(note), [true, ""]);
      assert.deepEqual(await client.request("all", {}), [note]);
      assert.match(await (await fetch(relay.httpUrl, { headers: { accept: "text/html" } })).text(), /<html/);
    }
  });
}
