import assert from "node:assert/strict";
import { getPublicKey } from "nostr-tools/pure";
import { authenticate, now } from "../fixtures/auth.ts";
import { Client } from "../fixtures/client.ts";
import { freshDatabase, testOnPostgres } from "../fixtures/postgres.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";
import { temporaryDirectory } from "../storage/stores.ts";

const [alice, bob] = [secretKey(1), secretKey(2)];

const MEMBERS = `[info]
secret_key = "${"5".padStart(64, "0")}"
[authorization]
pubkey_whitelist = ["${getPublicKey(alice)}"]
[membership]
enabled = true
`;

async function connectAs(relay: TestRelay, key: Uint8Array): Promise<Client> {
  const client = await Client.connect(relay.url);
  await authenticate(client, relay.url, key);
  return client;
}

/** Asks for a code at one relay and joins with it at another. */
async function join(at: TestRelay, through: TestRelay): Promise<[accepted: boolean, reason: string]> {
  await using member = await connectAs(at, alice);
  const [invite] = await member.request("invite", { kinds: [28_935] });
  const claim = invite!.tags.find(([name]) => name === "claim")!;
  await using client = await connectAs(through, bob);
  return await client.publish(
    signedEvent({ kind: 28_934, created_at: now(), tags: [["-"], [...claim]] }, bob),
  );
}

const lists = async (client: Client) => (await client.request(crypto.randomUUID(), { kinds: [13_534] }));

test("NIP-43: who has joined is a member after a restart, and nothing is published anew", async () => {
  using directory = temporaryDirectory();
  const settings = `[database]\nengine = "sqlite"\ndata_directory = ${
    JSON.stringify(directory.path)
  }\n${MEMBERS}`;
  let list: string;
  {
    await using relay = await startRelay(settings);
    assert.equal((await join(relay, relay))[0], true);
    await using client = await Client.connect(relay.url);
    list = (await lists(client))[0]!.id;
  }
  await using relay = await startRelay(settings);
  await using client = await connectAs(relay, bob);
  assert.deepEqual((await lists(client)).map(({ id }) => id), [list]);
  assert.deepEqual(await client.publish(signedEvent({}, bob)), [true, ""]);
});

testOnPostgres(
  "NIP-43: a code made at one instance lets in at another, and its member writes at both",
  async () => {
    await using database = await freshDatabase();
    const settings = `[database]\nconnection = ${JSON.stringify(database.url)}\n${MEMBERS}`;
    await using one = await startRelay(settings);
    await using two = await startRelay(settings);
    assert.deepEqual(await join(one, two), [true, "info: welcome to Longneck"]);
    await using client = await connectAs(one, bob);
    for (const end = performance.now() + 10_000;;) {
      const [accepted] = await client.publish(signedEvent({ content: crypto.randomUUID() }, bob));
      if (accepted) break;
      assert.ok(performance.now() < end, "one instance never heard of the member");
    }
    const [list, ...others] = await lists(client);
    assert.deepEqual(others, []);
    assert.equal(list!.tags.filter(([name]) => name === "member").length, 2);
  },
);
