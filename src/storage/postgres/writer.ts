import { hash } from "node:crypto";
import { eventAddress, expiresAt, type NostrEvent, type VerifiedEvent } from "../../protocol/event.ts";
import { DELETION } from "../../protocol/kind.ts";
import { deletionTargets } from "../deletion.ts";
import { keep, type Refusal } from "../keep.ts";
import { owners } from "../owners.ts";
import type { SaveOutcome } from "../repository.ts";
import type { Vanished } from "../vanishing.ts";
import type { AnswerMemory } from "./answer_memory.ts";
import { BatchLedger, type Known } from "./batch_ledger.ts";
import { changed, written } from "./changed.ts";
import type { Statement } from "./client.ts";
import { COMMIT } from "./commit_statement.ts";
import type { EventLoader } from "./event_loader.ts";
import { isLost } from "./fault.ts";
import type { Feed } from "./feed.ts";
import { tieOf } from "./keys.ts";
import { bytes, numbers } from "./literal.ts";
import type { Pool } from "./pool.ts";
import { tagRows } from "./tag_rows.ts";

/** What was read at one instant, and the `head` that it had. */
interface Snapshot extends Known {
  readonly head: number;
}

/**
 * Changes the database, each time by one statement, which is its own transaction: no lock is held while this side
 * thinks, or is no more. It takes effect only if nobody has committed since what it rests on was read.
 */
export class Writer {
  /**
   * @param instance Which relay of several this is, as others are told.
   * @param feed Is told of commits.
   * @param loader Is told of what comes and goes.
   * @param answers Are told of it too.
   */
  constructor(
    readonly pool: Pool,
    readonly instance: string,
    readonly feed: Feed,
    readonly loader: EventLoader,
    readonly answers: AnswerMemory,
  ) {}

  /**
   * Saves the events in their order, each as if those before it were stored already. If the connection is lost
   * while they are committed, it looks once what has become of them: nobody was told yet that they are stored.
   */
  async save(batch: readonly VerifiedEvent[]): Promise<SaveOutcome[]> {
    let doubtful: ReadonlySet<VerifiedEvent> | undefined;
    while (true) {
      const snapshot = await this.#read(batch.map(({ event }) => event));
      this.feed.announce(snapshot.head); // among others a commit of our own whose answer got lost
      const ledger = new BatchLedger(snapshot);
      const outcomes = batch.map((event) => {
        const outcome = keep(ledger, event);
        return outcome === "duplicate" && doubtful?.has(event) ? "stored" : outcome;
      });
      try {
        if (ledger.changesNothing || await this.#commit(snapshot.head, ledger)) return outcomes;
      } catch (error) {
        if (doubtful || !isLost(error)) throw error;
        doubtful = new Set(ledger.inserted);
      }
    }
  }

  /** Removes up to `most` events that have expired at `now` (NIP-40); answers how many. */
  removeExpired(now: number, most: number): Promise<number> {
    return this.#remove({ text: EXPIRED, values: [now, most] });
  }

  /** Removes events; answers how many there were. */
  remove(ids: readonly string[]): Promise<number> {
    return this.#remove({ text: KNOWN, values: [bytes(ids), ...Array(4).fill(bytes([]))] });
  }

  /** Notes that these have vanished (NIP-62). */
  async vanish(who: readonly Vanished[]): Promise<void> {
    const people = bytes(who.map(({ pubkey }) => pubkey));
    await this.#change({ text: KNOWN, values: [...Array(4).fill(bytes([])), people] }, (ledger) => {
      for (const { pubkey, until } of who) ledger.vanish(pubkey, until);
    });
  }

  /** Removes the events that the statement finds; answers how many. */
  async #remove(statement: Statement): Promise<number> {
    const { removed } = await this.#change(statement, (ledger, { events }) => {
      for (const { id } of events) ledger.remove(ledger.withId(id)!);
    });
    return removed.length;
  }

  /** Changes what rests on what the statement finds. */
  async #change(
    statement: Statement,
    decide: (ledger: BatchLedger, known: Known) => void,
  ): Promise<BatchLedger> {
    while (true) {
      const snapshot = snapshotOf(await this.pool.read<Row>(statement));
      const ledger = new BatchLedger(snapshot);
      decide(ledger, snapshot);
      if (ledger.changesNothing || await this.#commit(snapshot.head, ledger)) return ledger;
    }
  }

  async #read(batch: readonly NostrEvent[]): Promise<Snapshot> {
    const ids: string[] = [], addresses: string[] = [], targets: string[] = [], authors: string[] = [];
    const people = new Set<string>();
    for (const event of batch) {
      const address = eventAddress(event);
      ids.push(event.id);
      for (const owner of owners(event)) {
        targets.push(event.id);
        authors.push(owner);
        people.add(owner);
      }
      if (address !== undefined) {
        addresses.push(keyOf(address));
        targets.push(keyOf(address));
        authors.push(event.pubkey);
      }
      if (event.kind === DELETION) {
        for (const { target } of deletionTargets(event)) {
          (target.includes(":") ? addresses : ids).push(keyOf(target));
        }
      }
    }
    const values = [ids, addresses, targets, authors, [...people]].map(bytes);
    const rows = await this.pool.read<Row>({ text: KNOWN, values });
    const snapshot = snapshotOf(rows);
    return { ...snapshot, refusals: named(snapshot.refusals, batch) };
  }

  /** Answers whether it has taken effect. */
  async #commit(head: number, { inserted, removed, refused, leaving }: BatchLedger): Promise<boolean> {
    const added = [...inserted], events = added.map(({ event }) => event), refusals = [...refused.values()];
    const upTo = head + Math.max(1, added.length); // what only removes must be noticed too
    const changes = [...removed, ...events].map(changed);
    const values = [
      head,
      upTo,
      bytes(removed.map(({ id }) => id)),
      ...tagRows(removed).slice(0, 3),
      numbers(events.map(({ created_at }) => -created_at)),
      numbers(events.map(({ id }) => tieOf(id))),
      numbers(events.map(({ kind }) => kind)),
      bytes(events.map(({ id }) => id)),
      bytes(events.map(({ pubkey }) => pubkey)),
      bytes(events.map((event) => maybe(keyOf, eventAddress(event)))),
      numbers(events.map((event) => expiresAt(event) ?? null)),
      added.map(({ json }) => json).join("\n"),
      ...tagRows(events),
      bytes(refusals.map(({ target }) => keyOf(target))),
      bytes(refusals.map(({ pubkey }) => pubkey)),
      numbers(refusals.map(({ until }) => until)),
      `stored ${this.instance} ${upTo} ${head} ${written(changes)}`,
      numbers(refusals.map(({ askedAt }) => askedAt)),
      bytes([...leaving.keys()]),
      numbers([...leaving.values()]),
    ];
    const [row] = await this.#run(values);
    if (!row) return false;
    for (const seq of row[0]?.split(",") ?? []) this.loader.remove(Number(seq));
    added.forEach(({ json }, nth) => this.loader.add(head + 1 + nth, json));
    this.answers.change(head, upTo, changes);
    this.feed.committed({ after: head, upTo, events: added });
    return true;
  }

  async #run(values: Statement["values"]): Promise<[removed: string | null][]> {
    try {
      return await this.pool.run({ text: COMMIT, values });
    } catch (error) {
      if (isLost(error)) this.loader.clear(); // who knows what it has removed
      throw error;
    }
  }
}

/** What it is, a number, two texts, and another number, as KNOWN explains. */
type Row = [what: string, number: string, a: string, b: string | null, other?: string | null];

function snapshotOf(rows: readonly Row[]): Snapshot {
  let head = 0;
  const events: NostrEvent[] = [], refusals: Refusal[] = [], vanished: Vanished[] = [];
  for (const [what, number, a, b, other] of rows) {
    if (what === "head") head = Number(number);
    else if (what === "event") events.push(JSON.parse(a));
    else if (what === "vanished") vanished.push({ pubkey: a, until: Number(number) });
    else refusals.push({ target: a, pubkey: b!, until: Number(number), askedAt: Number(other) });
  }
  return { head, events, refusals, vanished };
}

/** Refusals come with keys; those of addresses get their names back from the batch that asked for them. */
function named(refusals: readonly Refusal[], batch: readonly NostrEvent[]): Refusal[] {
  if (refusals.length === 0) return [];
  const names = new Map<string, string>();
  for (const event of batch) {
    const address = eventAddress(event);
    if (address !== undefined) names.set(keyOf(address), address);
  }
  return refusals.map((refusal) => ({ ...refusal, target: names.get(refusal.target) ?? refusal.target }));
}

/** The database knows ids as they are, and addresses, which may be long, by their hash. */
const keyOf = (target: string): string => target.includes(":") ? hash("sha256", target) : target;

const maybe = <T, U>(map: (value: T) => U, value: T | undefined): U | null =>
  value === undefined ? null : map(value);

const KNOWN = `
  SELECT 'head', seq, NULL, NULL, NULL FROM head
  UNION ALL SELECT 'event', seq, json, NULL, NULL FROM event WHERE id = ANY ($1::bytea[])
  UNION ALL SELECT 'event', seq, json, NULL, NULL FROM event WHERE address = ANY ($2::bytea[])
  UNION ALL SELECT 'deletion', deletion.until, encode(target, 'hex'), encode(pubkey, 'hex'), asked_at::text
    FROM unnest($3::bytea[], $4::bytea[]) AS asked (target, pubkey) JOIN deletion USING (target, pubkey)
  UNION ALL SELECT 'vanished', until, encode(pubkey, 'hex'), NULL, NULL
    FROM vanished WHERE pubkey = ANY ($5::bytea[])`;

const EXPIRED = `
  SELECT 'head', seq, NULL, NULL FROM head
  UNION ALL (SELECT 'event', seq, json, NULL FROM event WHERE expires_at <= $1::bigint LIMIT $2::bigint)`;
