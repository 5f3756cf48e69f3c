import assert from "node:assert/strict";
import { join } from "node:path";
import { SqliteRepository } from "../../src/storage/sqlite/sqlite_repository.ts";
import { Client } from "../fixtures/client.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { freshDatabase, testOnPostgres } from "../fixtures/postgres.ts";
import { RelayProcess, runToEnd, spawnRelay, temporaryFolder } from "../fixtures/process.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

/** More than are carried before a signal arrives. */
const MANY = 20_000;

const carried = (printed: string, words: string) =>
  Number(printed.match(new RegExp(`^ *([\\d,]+)  ${words}$`, "m"))?.[1]?.replaceAll(",", ""));

test("migrate: Ctrl-C stops it in good order, and the same command goes on from there", async () => {
  using folder = temporaryFolder();
  const [from, to] = [join(folder.path, "from"), join(folder.path, "to")];
  const source = await SqliteRepository.open(from);
  await Promise.all(
    Array.from({ length: MANY }, (_, n) => source.save(fakeEvent({ created_at: n, content: `${n}` }))),
  );
  await source.close();
  const args = ["migrate", "--from", from, "--to", `sqlite:${to}`];

  await using stopped = new RelayProcess({ args });
  await stopped.until("the counts", () => stopped.stdout.includes("\n") || undefined);
  stopped.kill("SIGINT");
  assert.deepEqual(await stopped.ended(), { code: 1, signal: null });
  assert.match(stopped.stderr, /^Stopped\. .* run the same command again/m);
  const stored = carried(stopped.stdout, "stored");
  assert.ok(stored < MANY, stopped.output);

  const { code, stdout, stderr } = await runToEnd({ args });
  assert.equal(code, 0, stdout + stderr);
  assert.equal(carried(stdout, "already there"), stored);
  assert.equal(carried(stdout, "stored"), MANY - stored);
  assert.match(stdout, /^The source holds 20,000 events now, the target 20,000\.$/m);
  assert.match(stderr, /^100\.0 % {2}20,000 of 20,000 {2}[\d,]+\/s {2}done\n$/);
});

testOnPostgres("migrate: a relay on the new store serves and refuses what the old one did", async () => {
  using folder = temporaryFolder();
  await using database = await freshDatabase();
  const [old, newer] = [1, 2].map((n) => signedEvent({ kind: 0, created_at: n, content: `${n}` }));
  const [stays, goes] = ["stays", "goes"].map((content) => signedEvent({ content }));
  const request = signedEvent({ kind: 5, created_at: 1_700_000_001, tags: [["e", goes!.id]] });
  let served: unknown;
  {
    await using relay = await spawnRelay({ directory: folder.path });
    await using client = await Client.connect(relay.url);
    await client.publishAll([old!, newer!, stays!, goes!, request]);
    served = await client.request("all", {});
    const busy = await runToEnd({
      args: ["migrate", "--from", join(folder.path, "data"), "--to", database.url],
    });
    assert.equal(busy.code, 1);
    assert.match(busy.stderr, /^--from: .* is in use by another Longneck/);
    relay.kill("SIGTERM");
    await relay.ended();
  }
  const back = join(folder.path, "back");
  for (const [from, to] of [[join(folder.path, "data"), database.url], [database.url, back]] as const) {
    const { code, stdout, stderr } = await runToEnd({ args: ["migrate", "--from", from, "--to", to] });
    assert.equal(code, 0, stdout + stderr);
    await using relay = await spawnRelay({ args: ["--db", to] });
    await using client = await Client.connect(relay.url);
    assert.deepEqual(await client.request("all", {}), served);
    assert.match((await client.publish(goes!))[1], /^blocked: .*delete/);
    assert.match((await client.publish(old!))[1], /^duplicate: a newer version/);
    assert.deepEqual((await client.publish(stays!))[0], true);
    relay.kill("SIGTERM");
    await relay.ended();
  }
});
