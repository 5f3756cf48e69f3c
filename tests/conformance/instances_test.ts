import assert from "node:assert/strict";
import { eventAddress, type NostrEvent } from "../../src/protocol/event.ts";
import { kindClass } from "../../src/protocol/kind.ts";
import { Client } from "../fixtures/client.ts";
import { startInstances } from "../fixtures/instances.ts";
import { testOnPostgres } from "../fixtures/postgres.ts";
import { Publisher } from "../fixtures/publisher.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { breakListeners } from "../storage/postgres_instance.ts";

const START = 1_700_000_000;

/** Of each ten: six notes, an ephemeral event, a profile, an article of one of five names, and a deletion of an old note. */
function stream(count: number): NostrEvent[] {
  const events: NostrEvent[] = [];
  for (let n = 0; n < count; n++) {
    const created_at = START + n, content = `${n}`;
    const victim = events[n - 500];
    switch (n % 10) {
      case 6:
        events.push(signedEvent({ kind: 20_001, created_at, content }));
        break;
      case 7:
        events.push(signedEvent({ kind: 0, created_at, content }, secretKey(n % 3 + 1)));
        break;
      case 8:
        events.push(
          signedEvent({ kind: 30_023, created_at, content, tags: [["d", `${Math.floor(n / 10) % 5}`]] }),
        );
        break;
      case 9:
        events.push(
          victim?.kind === 1
            ? signedEvent({ kind: 5, created_at, tags: [["e", victim.id]] })
            : signedEvent({ created_at, content }),
        );
        break;
      default:
        events.push(signedEvent({ created_at, content }));
    }
  }
  return events;
}

/** Those that nothing has replaced or deleted in the end: whatever a subscriber's luck, they must have come. */
function survivors(events: readonly NostrEvent[]): NostrEvent[] {
  const latest = new Map<string, NostrEvent>();
  const deleted = new Set<string>();
  for (const event of events) {
    const address = eventAddress(event);
    if (address !== undefined) latest.set(address, event);
    if (event.kind === 5) { for (const [, id] of event.tags) deleted.add(id!); }
  }
  return events.filter((event) => {
    const address = eventAddress(event);
    return !deleted.has(event.id) && (address === undefined || latest.get(address) === event);
  });
}

const isEphemeral = ({ kind }: NostrEvent) => kindClass(kind) === "ephemeral";

/** Reads a subscription until all that must come has come; what else there is follows. */
async function received(client: Client, subscription: string, due: readonly NostrEvent[]): Promise<string[]> {
  const waiting = new Set(due.map(({ id }) => id));
  const ids: string[] = [];
  while (waiting.size > 0) {
    const [, , { id }] = await client.next("EVENT");
    ids.push(id);
    waiting.delete(id);
  }
  const rest = await client.drain();
  for (const [verb, of, event] of rest) if (verb === "EVENT" && of === subscription) ids.push(event.id);
  return ids;
}

/** Publishes through one instance while others subscribe on both; `disturb` is called now and then. */
async function show(count: number, disturb: (url: string) => Promise<void> = () => Promise.resolve()) {
  await using instances = await startInstances();
  const [here, there] = instances.relays;
  const events = stream(count);
  await using early = await Client.connect(there.url);
  await early.request("all", {});
  const publisher = await Publisher.connect(here.url);
  publisher.publish(events, 64);
  const late: Client[] = [];
  try {
    for (let n = 1; n <= 5; n++) {
      await publisher.answered(n * count / 6);
      const client = await Client.connect(n % 2 ? there.url : here.url);
      late.push(client);
      client.send("REQ", "all", { limit: 5_000 });
      await disturb(instances.url);
    }
    await publisher.answered(events.length);
    for (const reason of publisher.refused.values()) assert.match(reason, /^duplicate: a newer/); // overtaken
    const left = survivors(events);
    const atEarly = await received(early, "all", left);
    assert.equal(new Set(atEarly).size, atEarly.length, "nothing twice");
    for (const client of late) {
      const ids = await received(client, "all", left.filter((event) => !isEphemeral(event)));
      assert.equal(new Set(ids).size, ids.length, "nothing twice, stored or live");
    }
  } finally {
    for (const client of late) await client.close();
    publisher.socket.close();
    await publisher.closed;
  }
}

testOnPostgres(
  "5,000 events published through one instance arrive once at subscribers of another",
  () => show(5_000),
);

testOnPostgres(
  "events of one instance arrive once at subscribers of another, also when neither hears the other for a while",
  () => show(900, breakListeners),
);
