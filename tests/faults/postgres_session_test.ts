import assert from "node:assert/strict";
import { Client } from "../fixtures/client.ts";
import { allIsQuiet } from "../fixtures/metrics.ts";
import { freshDatabase, testOnPostgres } from "../fixtures/postgres.ts";
import { Proxy } from "../fixtures/proxy.ts";
import { signedEvent } from "../fixtures/signed.ts";
import {
  connectTo,
  healthBecomes,
  refusals,
  type Stage,
  stage,
  startRelayOn,
  told,
  until,
  waitingForLock,
} from "./broken_store.ts";

const LATE = "the store took too long";

/** Registers a test that plays on a stage with a database of its own. */
function testOnStage(rule: string, play: (stage: Stage) => Promise<void>, settings?: string): void {
  testOnPostgres(rule, async () => {
    await using database = await freshDatabase();
    await using set = await stage(database.url, settings);
    await play(set);
  });
}

testOnStage(
  "what takes longer than statement_timeout_seconds is given up, and clients hear of it",
  async ({ client, admin }) => {
    await admin.begin(async (transaction) => {
      await transaction`LOCK TABLE event`;
      assert.deepEqual(await refusals(client, signedEvent()), told(LATE));
    });
    assert.deepEqual(await client.publish(signedEvent()), [true, ""]);
    assert.equal((await client.request("all", {})).length, 1);
  },
  "statement_timeout_seconds = 1",
);

testOnStage(
  "a head row that somebody holds for ever stops writing only, and for no longer than it is held",
  async ({ relay, client, admin }) => {
    const event = signedEvent();
    await admin.begin(async (transaction) => {
      await transaction`SELECT FROM head FOR UPDATE`;
      client.send("EVENT", event);
      assert.deepEqual(await client.request("all", {}), []);
      const [, , ...answer] = await client.next("OK");
      assert.deepEqual(answer, [false, `error: ${LATE}; try again later`]);
      await healthBecomes(relay.httpUrl, LATE);
    });
    assert.deepEqual(await client.publish(event), [true, ""]);
    await healthBecomes(relay.httpUrl, undefined);
  },
  "statement_timeout_seconds = 1",
);

testOnStage(
  "a commit whose session is killed is made in another, once",
  async ({ client, admin, looking }) => {
    const event = signedEvent();
    await admin.begin(async (transaction) => {
      await transaction`SELECT FROM head FOR UPDATE`;
      client.send("EVENT", event);
      const [first] = await waitingForLock(looking, 1);
      await looking`SELECT pg_terminate_backend(${first!})`;
      await until("another session", async () => (await waitingForLock(looking, 1))[0] !== first);
    });
    assert.deepEqual(await client.next("OK"), ["OK", event.id, true, ""]);
    assert.equal(await client.count({}), 1);
  },
);

testOnPostgres(
  "a commit whose connection breaks before the answer is looked up: OK true, and stored once",
  async () => {
    await using database = await freshDatabase();
    await using proxy = await Proxy.before(database.url);
    await using relay = await startRelayOn(proxy.url);
    await using client = await Client.connect(relay.url);
    await using admin = connectTo(database.url);
    const content = "committed, and nobody heard of it";
    const profile = signedEvent({ kind: 0, content }), note = signedEvent({ content });
    await client.request("live", { limit: 0 });
    for (const event of [note, profile]) {
      proxy.unanswered = content;
      client.send("EVENT", event);
      await until(
        "the commit",
        async () => (await admin`SELECT FROM event WHERE json = ${JSON.stringify(event)}`).length,
      );
      proxy.unanswered = undefined;
      proxy.cut();
      assert.deepEqual(await client.next("OK"), ["OK", event.id, true, ""]);
      assert.deepEqual(await client.next("EVENT"), ["EVENT", "live", event]);
    }
    assert.deepEqual(await client.publish(note), [true, "duplicate: this event is already stored"]);
    assert.equal(await client.count({}), 2);
  },
);

testOnStage(
  "a query whose session is killed goes on in another; killed again, it ends in CLOSED",
  async ({ client, admin, looking }) => {
    const event = signedEvent();
    await client.publishAll([event]);
    for (const kills of [1, 2]) {
      let answer: Promise<unknown> | undefined;
      await admin.begin(async (transaction) => {
        await transaction`LOCK TABLE event`;
        answer = client.request("all", { limit: kills }).catch(({ message }) => message);
        for (let killed = 0, last = 0; killed < kills; killed++) {
          last = await until(
            "a session",
            async () => (await waitingForLock(looking, 1)).find((pid) => pid !== last),
          );
          await looking`SELECT pg_terminate_backend(${last})`;
        }
        if (kills === 2) {
          await answer;
        }
      });
      assert.deepEqual(
        await answer,
        kills === 1 ? [event] : "error: the store cannot be reached; try again later",
      );
    }
    assert.deepEqual(await client.request("all", {}), [event]);
  },
);

testOnPostgres("a start whose session is killed while it waits to make the schema tries again", async () => {
  await using database = await freshDatabase();
  await using admin = connectTo(database.url);
  await using other = connectTo(database.url);
  await admin`SELECT pg_advisory_lock(7061970)`;
  const starting = startRelayOn(database.url);
  const [first] = await waitingForLock(other, 1);
  await other`SELECT pg_terminate_backend(${first!})`;
  await using relay = await starting;
  await using client = await Client.connect(relay.url);
  await healthBecomes(relay.httpUrl, "the store cannot be reached");
  await admin`SELECT pg_advisory_unlock(7061970)`;
  await healthBecomes(relay.httpUrl, undefined);
  assert.deepEqual(await client.publish(signedEvent()), [true, ""]);
});

testOnPostgres("a query of a client that has gone is cancelled soon, and leaves nothing behind", async () => {
  await using database = await freshDatabase();
  await using relay = await startRelayOn(database.url, "pool_size = 1");
  await using admin = connectTo(database.url);
  await using other = connectTo(database.url);
  await admin.begin(async (transaction) => {
    await transaction`LOCK TABLE event`;
    {
      await using client = await Client.connect(relay.url);
      client.send("REQ", "one", {});
      client.send("REQ", "two", {});
      client.send("COUNT", "three", {});
      await waitingForLock(other, 1);
    }
    await allIsQuiet(relay);
    await waitingForLock(other, 0);
  });
  await using client = await Client.connect(relay.url);
  assert.deepEqual(await client.request("all", {}), []);
});

testOnStage(
  "a read-only server answers queries; events are refused, and taken when it is one no more",
  async ({ relay, client, admin }) => {
    const [event, late] = [signedEvent({ content: "1" }), signedEvent({ content: "2" })];
    await client.publishAll([event]);
    const [database] = await admin`SELECT current_database() AS name`;
    const setReadOnly = async (value: string) => {
      await admin.unsafe(`ALTER DATABASE ${database!.name} SET default_transaction_read_only = ${value}`);
      await admin`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'longneck' AND datname = current_database()`;
    };
    await setReadOnly("on");
    await healthBecomes(relay.httpUrl, "the store is read-only at present");
    assert.deepEqual(await client.publish(late), [
      false,
      "error: the store is read-only at present; try again later",
    ]);
    assert.deepEqual(await client.publish(event), [true, "duplicate: this event is already stored"]);
    assert.deepEqual(await client.request("all", {}), [event]);

    await admin`SET default_transaction_read_only = off`;
    await setReadOnly("off");
    await healthBecomes(relay.httpUrl, undefined);
    assert.deepEqual(await client.publish(late), [true, ""]);
  },
);

testOnStage(
  "with its disk full the server takes no event; those it has stay, and with room again it takes more",
  async ({ relay, client, admin }) => {
    const [event, late] = [signedEvent({ content: "1" }), signedEvent({ content: "2" })];
    await client.publishAll([event]);
    await admin.unsafe(`
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
    CREATE TRIGGER full_disk BEFORE INSERT ON event EXECUTE FUNCTION fail()`);
    assert.deepEqual(await client.publish(late), [false, "error: the store is full; try again later"]);
    await healthBecomes(relay.httpUrl, "the store is full");
    assert.deepEqual(await client.request("all", {}), [event]);
    await admin`DROP TRIGGER full_disk ON event`;
    assert.deepEqual(await client.publish(late), [true, ""]);
    await healthBecomes(relay.httpUrl, undefined);
    assert.equal(await client.count({}), 2);
  },
);
