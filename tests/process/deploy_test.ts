import assert from "node:assert/strict";
import { Client } from "../fixtures/client.ts";
import { metricsOf, onDeno, runToEnd, spawnRelay } from "../fixtures/process.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

/** A host of functions, Deno Deploy say, gives the network and the environment; no files, threads or libraries. */
const runtimeFlags = ["run", "--no-prompt", "--allow-net", "--allow-env"];

function testOnDeno(rule: string, body: () => Promise<void>): void {
  if (onDeno) test(rule, body);
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
  const { code, stdout, stderr } = await runToEnd({ runtimeFlags });
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    /^database\.engine: .*NOSTR__DATABASE__ENGINE=memory.*--allow-read --allow-write=\.\/data\n$/,
  );
});
