import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { Client } from "../fixtures/client.ts";
import { type ListeningProcess, spawnRelay, temporaryFolder } from "../fixtures/process.ts";
import { Publisher } from "../fixtures/publisher.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const KILLS = 20;
const AUTHORS = [1, 2, 3, 4];
const EVENTS_EACH = 40;
const IN_FLIGHT = 8;

/** Everything that was sent to the relay, and what of it must be there, or must not, after a crash. */
class Ledger {
  readonly #sent = new Map<string, NostrEvent>();
  readonly #accepted = new Set<string>();

  sent(events: readonly NostrEvent[]): void {
    for (const event of events) this.#sent.set(event.id, event);
  }

  accepted(ids: Iterable<string>): void {
    for (const id of ids) this.#accepted.add(id);
  }

  get size(): number {
    return this.#accepted.size;
  }

  #ofKind(kind: number): NostrEvent[] {
    return [...this.#sent.values()].filter((event) => event.kind === kind);
  }

  #targets(deletions: readonly NostrEvent[]): string[] {
    return deletions.map((deletion) => deletion.tags[0]![1]!);
  }

  /** Accepted, and nobody has so much as asked to delete them. */
  get kept(): string[] {
    const doubtful = new Set(this.#targets(this.#ofKind(5)));
    return [...this.#accepted].filter((id) => this.#sent.get(id)!.kind !== 10002 && !doubtful.has(id));
  }

  /** Their deletion was accepted. */
  get deleted(): string[] {
    return this.#targets(this.#ofKind(5).filter(({ id }) => this.#accepted.has(id)));
  }

  /** The newest accepted relay list of each author, who never sent one older than the last. */
  get newestLists(): NostrEvent[] {
    const newest = new Map<string, NostrEvent>();
    for (const event of this.#ofKind(10002)) {
      if (this.#accepted.has(event.id)) newest.set(event.pubkey, event);
    }
    return [...newest.values()];
  }
}

/** What one author publishes in a round: notes, a newer relay list now and then, deletions of own notes. */
function eventsOf(author: number, round: number): NostrEvent[] {
  const notes: NostrEvent[] = [];
  return Array.from({ length: EVENTS_EACH }, (_, at) => {
    const given = { created_at: 1_700_000_000 + round * EVENTS_EACH + at, content: `${round}.${at}` };
    if (at % 10 === 4) return signedEvent({ ...given, kind: 10002 }, secretKey(author));
    if (at % 10 === 9) {
      const tags = [["e", notes.at(-3)!.id]];
      return signedEvent({ ...given, kind: 5, tags }, secretKey(author));
    }
    const note = signedEvent(given, secretKey(author));
    notes.push(note);
    return note;
  });
}

async function found(client: Client, ids: readonly string[]): Promise<Set<string>> {
  const present = new Set<string>();
  for (let at = 0; at < ids.length; at += 500) {
    const events = await client.request(`ids ${at}`, { ids: ids.slice(at, at + 500), limit: 500 });
    for (const { id } of events) present.add(id);
    client.send("CLOSE", `ids ${at}`);
  }
  return present;
}

async function check(client: Client, ledger: Ledger): Promise<void> {
  const { kept, deleted, newestLists } = ledger;
  const present = await found(client, kept);
  assert.deepEqual(kept.filter((id) => !present.has(id)), [], "events with OK true are lost");
  assert.deepEqual([...await found(client, deleted)], [], "deleted events are back");
  for (const list of newestLists) {
    const [stored, ...more] = await client.request("list", { kinds: [10002], authors: [list.pubkey] });
    assert.equal(more.length, 0);
    assert.ok(stored && stored.created_at >= list.created_at, "an older relay list is back");
  }
}

function integrity(directory: string): unknown {
  const database = new DatabaseSync(join(directory, "data", "longneck.db"), { readOnly: true });
  try {
    return database.prepare("PRAGMA integrity_check").all().map(({ integrity_check }) => integrity_check);
  } finally {
    database.close();
  }
}

/** Streams a round of events, kills the relay in the middle, and notes in the ledger what had got OK. */
async function killInMidStream(relay: ListeningProcess, ledger: Ledger, round: number): Promise<void> {
  const batches = AUTHORS.map((author) => eventsOf(author, round));
  const publishers = await Promise.all(batches.map(() => Publisher.connect(relay.url)));
  ledger.sent(batches.flat());
  publishers.forEach((publisher, at) => publisher.publish(batches[at]!, IN_FLIGHT));
  await publishers[0]!.answered(1 + round * 7 % (EVENTS_EACH - IN_FLIGHT)); // another moment each round
  relay.kill("SIGKILL");
  await Promise.all(publishers.map(({ closed }) => closed));
  assert.deepEqual(await relay.ended(), { code: null, signal: "SIGKILL" });
  for (const { accepted, refused } of publishers) {
    assert.deepEqual([...refused], []);
    ledger.accepted(accepted);
  }
  assert.ok(publishers[0]!.accepted.size < EVENTS_EACH, "the stream was over before the kill");
}

test(`durability: after each of ${KILLS} kills in mid-stream, every event that had got OK true is there`, async () => {
  using folder = temporaryFolder();
  const ledger = new Ledger();
  let relay = await spawnRelay({ directory: folder.path });
  try {
    for (let round = 0; round < KILLS; round++) {
      await killInMidStream(relay, ledger, round);
      relay = await spawnRelay({ directory: folder.path });
      await using client = await Client.connect(relay.url);
      await check(client, ledger);
      assert.deepEqual(integrity(folder.path), ["ok"]);
    }
  } finally {
    await relay[Symbol.asyncDispose]();
  }
  assert.ok(ledger.size > KILLS * IN_FLIGHT, "hardly anything was accepted");
});
