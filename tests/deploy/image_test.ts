import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { libraryFiles } from "../../src/crypto/library.ts";
import { onDeno, RelayProcess, root, spawnRelay } from "../fixtures/process.ts";
import { test } from "../harness.ts";
import { read } from "./files.ts";

const dockerfile = read("deploy/Dockerfile").replace(/^#.*\n/gm, "").replace(/\\\n/g, " ");

const first = (pattern: RegExp): string => pattern.exec(dockerfile)?.[1] ?? assert.fail(`no ${pattern}`);

test("image: what is copied is in the repository, and let through to the builder; nothing else is", () => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources]) =>
    sources!.split(" ")
  );
  assert.ok(copied.includes("src"));
  for (const path of copied) assert.ok(existsSync(join(root, path)), path);
  const [ignored, ...letThrough] = read("deploy/Dockerfile.dockerignore").trim().split("\n").filter((line) =>
    !line.startsWith("#")
  );
  assert.equal(ignored, "*");
  assert.deepEqual(letThrough.sort(), copied.map((path) => `!${path}`).sort());
});

test("image: the tools are of the versions that the tests run on", () => {
  assert.equal(first(/^ARG BUN=(.+)$/m), /BUN_VERSION = "(.+)"/.exec(read("tests/run.ts"))![1]);
  assert.equal(first(/^ARG DENO=(.+)$/m), /deno@([\d.]+)/.exec(read(".ci/run"))![1]);
  for (const [, image] of dockerfile.matchAll(/^FROM (\S+)/gm)) {
    assert.match(image!, /\$\{(BUN|DENO|DEBIAN)\}/);
  }
});

test("image: the package of libsecp256k1 is one that the relay looks for", () => {
  assert.ok(libraryFiles("linux").includes(`libsecp256k1.so.${first(/ libsecp256k1-(\d+) /)}`));
});

test("image: its user is not root and owns the volume, where the events are", () => {
  assert.match(first(/^USER (.+)$/m), /^[1-9]\d*:[1-9]\d*$/);
  const volume = first(/^VOLUME (.+)$/m);
  assert.equal(first(/^ENV NOSTR__DATABASE__DATA_DIRECTORY=(.+)$/m), volume);
  assert.match(dockerfile, new RegExp(`install -d -o (\\w+) -g \\1 ${volume}\\s`));
});

test("image: the health check tells a relay that serves from one that is not there", async () => {
  const [program, asBun, itself, evaluate, script] = JSON.parse(first(/^HEALTHCHECK .* CMD (\[.*\])$/m));
  assert.deepEqual([program, asBun, itself, evaluate], ["env", "BUN_BE_BUN=1", "longneck", "-e"]);
  const check = async (port: number) => {
    const command = onDeno ? ["eval", script] : ["-e", script];
    await using child = new RelayProcess({
      executable: process.execPath,
      args: command,
      env: { NOSTR__NETWORK__PORT: String(port) },
    });
    return (await child.ended()).code;
  };
  await using relay = await spawnRelay({ env: { NOSTR__DATABASE__ENGINE: "memory" } });
  assert.equal(await check(relay.port), 0);
  relay.kill("SIGTERM");
  await relay.ended();
  assert.equal(await check(relay.port), 1);
});
