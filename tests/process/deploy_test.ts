import assert from "node:assert/strict";
import { Client } from "../fixtures/client.ts";
import { type FreshDatabase, freshDatabase, testOnPostgres } from "../fixtures/postgres.ts";
import { metricsOf, onDeno, runToEnd, spawnRelay } from "../fixtures/process.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

/** A host of functions, Deno Deploy say, gives the network and the environment; no files, threads or libraries. */
const runtimeFlags = ["run", "--no-prompt", "--allow-net", "--allow-env"];

/** Whatever the machine of the tests has set. */
const NO_SERVER = { DATABASE_URL: undefined, PGHOST: undefined, PGSSLMODE: undefined };

function testOnDeno(rule: string, body: () => Promise<void>, register: typeof testOnPostgres = test): void {
  if (onDeno) register(rule, body);
  else test.skip(rule, "Bun has no permissions to go without");
}

testOnDeno(
  "deploy: without files or arguments, a relay that keeps events in memory serves clients",
  async () => {
    await using relay = await spawnRelay({ runtimeFlags, env: { NOSTR__DATABASE__ENGINE: "memory" } });
    const messages = relay.log.map(({ message }) => message);
    assert.ok(messages.includes("store: memory: nothing is kept"), relay.output);
    assert.ok(messages.some((message) => /^verifier: noble .*in place$/.test(message)), relay.output);
    assert.equal(
      relay.stderr.split("\n").filter((line) => !/^$|"level":"warning"/.test(line)).join("\n"),
      "",
    );

    await using client = await Client.connect(relay.url);
    const event = signedEvent({ content: "from the edge" });
    assert.deepEqual(await client.publish(event), [true, ""]);
    const [accepted, reason] = await client.publish({
      ...signedEvent({ content: "forged" }),
      sig: event.sig,
    });
    assert.equal(accepted, false);
    assert.match(reason, /^invalid: .*signature/);
    assert.deepEqual(await client.request("all", {}), [event]);
  },
);

for (const named of ["DATABASE_URL", "PGHOST and its like"]) {
  testOnDeno(
    `deploy: without files or settings, a relay keeps events in the PostgreSQL that ${named} names`,
    async () => {
      await using database = await freshDatabase();
      const env = {
        ...NO_SERVER,
        ...(named === "DATABASE_URL" ? { DATABASE_URL: database.url } : parts(database)),
      };
      const event = signedEvent({ content: "from the edge" });
      {
        await using relay = await spawnRelay({ runtimeFlags, env });
        const { host, pathname } = new URL(database.url);
        await relay.line(new RegExp(`^store: PostgreSQL at ${host}${pathname}$`));
        await using client = await Client.connect(relay.url);
        assert.deepEqual(await client.publish(event), [true, ""]);
        assert.deepEqual(await client.request("all", {}), [event]);
        relay.kill("SIGTERM");
        assert.deepEqual(await relay.ended(), { code: 0, signal: null });
        assert.doesNotMatch(relay.output, /secret/);
      }
      await using relay = await spawnRelay({ runtimeFlags, env });
      await using client = await Client.connect(relay.url);
      assert.deepEqual(await client.request("all", {}), [event]);
    },
    testOnPostgres,
  );
}

/** As Deno Deploy sets them for a database of its own. */
function parts({ url }: FreshDatabase): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: password,
    PGDATABASE: pathname.slice(1),
  };
}

testOnDeno("deploy: the pages work too", async () => {
  await using relay = await spawnRelay({ runtimeFlags, env: { NOSTR__DATABASE__ENGINE: "memory" } });
  for (const accept of ["text/html", "application/nostr+json", "*/*"]) {
    const response = await fetch(relay.httpUrl, { headers: { accept } });
    assert.equal(response.status, 200);
    await response.text();
  }
  assert.ok((await metricsOf(relay.httpUrl)).process_resident_memory_bytes! > 0);
});

testOnDeno("deploy: without files and with SQLite, it says what to set instead", async () => {
  const { code, stdout, stderr } = await runToEnd({ runtimeFlags, env: NO_SERVER });
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    /^database\.engine: .*NOSTR__DATABASE__CONNECTION or DATABASE_URL.*NOSTR__DATABASE__ENGINE=memory.*--allow-read --allow-write=\.\/data\n$/,
  );
});

testOnDeno("deploy: on Deno Deploy, whose files do not last, SQLite is no choice", async () => {
  const { code, stderr } = await runToEnd({ env: { ...NO_SERVER, DENO_DEPLOYMENT_ID: "abc" } });
  assert.equal(code, 1);
  assert.match(stderr, /^database\.engine: SQLite needs .*files that last/);
});

testOnDeno(
  "deploy: on Deno Deploy, with all permissions, PostgreSQL is the store when the environment names one",
  async () => {
    await using database = await freshDatabase();
    const env = { ...NO_SERVER, DENO_DEPLOYMENT_ID: "abc", DATABASE_URL: database.url };
    await using relay = await spawnRelay({ env });
    await relay.line(/^store: PostgreSQL at /);
  },
  testOnPostgres,
);
