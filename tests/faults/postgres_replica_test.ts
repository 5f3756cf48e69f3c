import assert from "node:assert/strict";
import { PostgresRepository } from "../../src/storage/postgres/postgres_repository.ts";
import { Client } from "../fixtures/client.ts";
import { onOwnServer } from "../fixtures/own_server.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { Store } from "../storage/stores.ts";
import { healthBecomes, startRelayOn, until } from "./broken_store.ts";

const testOnServer = await onOwnServer();

const UNREACHABLE = "the store cannot be reached";
const READ_ONLY = "the store is read-only at present";
const [first, second, third] = ["1", "2", "3"].map((content) => signedEvent({ content }));

testOnServer(
  "with a primary and a replica, each does its part while the other is away",
  async (primary, url) => {
    await using replica = await primary.replica();
    const urlOfReplica = new URL(new URL(url).pathname, replica.url).href;
    await using relay = await startRelayOn(urlOfReplica, `connection_write = "${url}"`);
    await using client = await Client.connect(relay.url);
    const holds = (count: number) => until(`${count} events`, async () => await client.count({}) === count);
    await healthBecomes(relay.httpUrl, undefined); // once the replica has got the schema
    assert.deepEqual(await client.publish(first), [true, ""]);
    await holds(1);

    await replica.stop();
    await healthBecomes(relay.httpUrl, UNREACHABLE);
    assert.deepEqual(await client.publish(second), [true, ""]);
    await assert.rejects(client.request("all", {}), { message: `error: ${UNREACHABLE}; try again later` });
    await replica.start();
    await healthBecomes(relay.httpUrl, undefined);
    await holds(2);

    await primary.stop();
    await healthBecomes(relay.httpUrl, UNREACHABLE);
    assert.deepEqual(await client.publish(third), [false, `error: ${UNREACHABLE}; try again later`]);
    assert.equal((await client.request("all", {})).length, 2);
    await primary.start();
    await healthBecomes(relay.httpUrl, undefined);
    assert.deepEqual(await client.publish(third), [true, ""]);
    await holds(3);

    await using reader = await startRelayOn(urlOfReplica);
    await using guest = await Client.connect(reader.url);
    await healthBecomes(reader.httpUrl, READ_ONLY);
    const [accepted, reason] = await guest.publish(signedEvent());
    assert.equal(accepted, false);
    assert.match(reason, /^error: .*; try again later$/); // without a primary it may not know what is banned either
    assert.equal((await guest.request("all", {})).length, 3);

    const source = { connection: urlOfReplica, poolSize: 1, statementTimeoutSeconds: 5 };
    await using store = new Store(await PostgresRepository.open(source));
    assert.equal(await store.count({}), 3); // for a copy, say
  },
);
