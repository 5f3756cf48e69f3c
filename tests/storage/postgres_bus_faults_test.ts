import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { VerifiedEvent } from "../../src/protocol/event.ts";
import { StorageError } from "../../src/storage/repository.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { Link } from "../fixtures/link.ts";
import { connect, freshDatabase, testOnPostgres } from "../fixtures/postgres.ts";
import { PostgresServer } from "../fixtures/postgres_server.ts";
import { breakListeners, Instance, notes } from "./postgres_instance.ts";
import { Store } from "./stores.ts";

testOnPostgres(
  "bus: a commit whose answer is lost comes once, to its own instance and to others",
  async () => {
    await using database = await freshDatabase();
    await using link = await Link.open(database.url);
    await using writer = await Instance.start(link.url);
    await using reader = await Instance.start(database.url);
    const [before, lost, after] = [notes(3), notes(3, 2), notes(3, 3)];
    await writer.save(...before);
    link.loseAnswerTo(lost[1]!.event.sig + `"}`);
    assert.deepEqual(
      await Promise.all(lost.map((event) => writer.repository.save(event))),
      ["stored", "stored", "stored"],
    );
    await writer.save(...after);
    for (const { inbox } of [writer, reader]) {
      await inbox.gets(...before, ...lost, ...after);
      assert.equal(inbox.events.length, 9);
    }
  },
);

testOnPostgres(
  "bus: a network that has gone dead is noticed, and what came meanwhile made up for",
  async () => {
    await using database = await freshDatabase();
    await using link = await Link.open(database.url);
    await using writer = await Instance.start(database.url);
    await using reader = await Instance.start(link.url, { rhythm: { beat: 20, patience: 200 } });
    link.freeze();
    const [stored, sent, last] = [notes(20), fakeEvent({ content: "sent" }), fakeEvent({ content: "last" })];
    await writer.save(...stored);
    await writer.repository.bus.send(sent);
    await reader.inbox.gets(...stored, sent);
    assert.match(String(reader.inbox.failures[0]), /did not answer/);
    await writer.save(last);
    await reader.inbox.gets(last);
    assert.equal(reader.inbox.events.length, 22);
  },
);

testOnPostgres(
  "bus: after a restart of the server, in the middle of commits, each event has come once",
  async () => {
    await using server = await PostgresServer.start();
    await using writer = await Instance.start(server.url);
    await using reader = await Instance.start(server.url);
    const events = notes(400);
    for (let n = 0; n < events.length; n += 20) {
      const restarting = n % 160 === 80
        ? n === 80 ? server.restart() : server.crash().then(() => server.start())
        : undefined;
      for (const event of events.slice(n, n + 20)) await saveAtLast(writer, event);
      await restarting;
    }
    for (const { inbox } of [writer, reader]) {
      await inbox.gets(...events);
      assert.equal(inbox.events.length, events.length);
    }
    assert.deepEqual(writer.inbox.ids, reader.inbox.ids);
  },
);

testOnPostgres(
  "bus: after a failover to a server that lacked the last commits, what comes is delivered",
  async () => {
    await using database = await freshDatabase();
    await using admin = connect(database.url);
    await using writer = await Instance.start(database.url);
    await using reader = await Instance.start(database.url);
    const [kept, lost, after] = [notes(3), notes(3, 2), notes(2, 3)];
    await writer.save(...kept, ...lost);
    await reader.inbox.gets(...kept, ...lost);
    const stores = [writer, reader].map(({ repository }) => new Store(repository));
    for (const store of stores) assert.equal((await store.find({})).length, 6);
    await admin.sql`DELETE FROM event WHERE seq > 3`;
    await admin.sql`UPDATE head SET seq = 3`;
    await breakListeners(database.url);
    for (const { repository } of [writer, reader]) {
      while (repository.bus.feed.known > 3 || !repository.bus.state.listening) await nextTurn();
    }
    for (const store of stores) assert.equal((await store.find({})).length, 3, "nothing lost is remembered");
    await writer.save(...after);
    for (const { inbox } of [writer, reader]) {
      await inbox.gets(...after);
      assert.equal(inbox.events.length, 8);
    }
  },
);

testOnPostgres("bus: damaged rows are left out and told of, and hold nothing up", async () => {
  await using database = await freshDatabase();
  await using admin = connect(database.url);
  await using writer = await Instance.start(database.url);
  await using reader = await Instance.start(database.url);
  const letGo = reader.inbox.hold();
  const [first, damaged, sent, last] = notes(4);
  await writer.save(first!);
  await writer.save(damaged!);
  await admin.sql`UPDATE event SET json = '{' WHERE seq = 2`;
  await admin.sql`INSERT INTO passing (batch, json) VALUES ('damaged', ${`{\n${sent!.json}`})`;
  await admin.sql`SELECT pg_notify('longneck_' || md5(current_schema()), 'passing damaged')`;
  await writer.save(last!);
  letGo();
  await reader.inbox.gets(first!, sent!, last!);
  assert.equal(reader.inbox.events.length, 3);
  assert.equal(reader.inbox.failures.length, 2);
});

/** As a client does that is told of an error. */
async function saveAtLast({ repository }: Instance, event: VerifiedEvent): Promise<void> {
  while (true) {
    try {
      await repository.save(event);
      return;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20)); // the server says by nothing that it is back
    }
  }
}
