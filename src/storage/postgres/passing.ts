import { Batcher } from "../../flow/batcher.ts";
import type { VerifiedEvent } from "../../protocol/event.ts";
import type { Receiver } from "../bus.ts";
import type { Client } from "./client.ts";
import { isLost } from "./fault.ts";
import { CHANNEL } from "./listener.ts";
import type { Pool } from "./pool.ts";
import { trusted } from "./trusted.ts";

/** Most events sent by one statement. */
const MOST_SENT = 64;

/** Most batches fetched by one statement. */
const MOST_FETCHED = 4;

/** Seconds for which what is sent can still be fetched. */
const KEPT = 120;

/** Seconds before the last beat from which on it may have missed something: a statement's time is that of its start. */
const MARGIN = 15;

/**
 * Ephemeral events on their way between instances: a row of `passing` for each batch, and a notification with
 * its name. Names that are heard twice, or found by a beat, are known by heart for longer than a beat looks back.
 */
export class Passing {
  readonly #sends = new Batcher<VerifiedEvent, void>((batch) => this.#send(batch), MOST_SENT);
  #sent = 0;
  #receiver: Receiver | undefined;
  /** Names heard since the last clearing, and before it. */
  #known = new Set<string>();
  #knownBefore = new Set<string>();
  #clearedAt = performance.now();
  /** The server's time of the last beat; empty before the first. */
  #since = "";
  /** Names of batches to be fetched; among those known. */
  readonly #due: string[] = [];
  #fetching = false;
  #closed = false;
  #received = 0;

  /**
   * @param instance Begins the names of own batches.
   * @param clearing Milliseconds between clearings of what is older. Default 60,000.
   */
  constructor(readonly pool: Pool, readonly instance: string, readonly clearing = 60_000) {}

  /** Events received. */
  get received(): number {
    return this.#received;
  }

  start(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  close(): void {
    this.#closed = true;
  }

  /** @throws {StorageError} when it may not be on its way. */
  send(event: VerifiedEvent): Promise<void> {
    return this.#sends.ask(event);
  }

  /** A batch can be fetched. */
  hear(name: string): void {
    if (this.#remember(name)) this.#due.push(name);
    if (!this.#fetching && this.#receiver) void this.#fetch(this.#receiver);
  }

  /** Learns of what was sent while nobody listened. */
  async ask(client: Client, limit: number): Promise<void> {
    const statement = { text: NAMES, values: [this.#since] };
    const [[now, names] = ["", null]] = await client.run<[string, string | null]>(statement, limit);
    for (const name of names?.split(" ") ?? []) {
      if (this.#since === "") this.#remember(name); // sent before this instance began
      else this.hear(name);
    }
    this.#since = now;
    if (this.#due.length > 0) this.hear(this.#due[0]!); // could not be fetched before
    if (performance.now() - this.#clearedAt > this.clearing) await this.#clear(client, limit);
  }

  async #clear(client: Client, limit: number): Promise<void> {
    this.#clearedAt = performance.now();
    this.#knownBefore = this.#known;
    this.#known = new Set();
    await client.run({ text: CLEAR, values: [] }, limit);
  }

  #remember(name: string): boolean {
    if (name.startsWith(this.instance) || this.#known.has(name) || this.#knownBefore.has(name)) return false;
    this.#known.add(name);
    return true;
  }

  /** Once more if the connection is lost: the name is the same, so none will fetch it twice. */
  async #send(batch: VerifiedEvent[]): Promise<void[]> {
    const values = [`${this.instance}-${++this.#sent}`, batch.map(({ json }) => json).join("\n")];
    const send = () => this.pool.run({ text: SEND, values });
    await send().catch((error) => {
      if (!isLost(error)) throw error;
      return send();
    });
    return new Array(batch.length);
  }

  /** What can't be fetched is tried again at the next name that is heard, or beat. */
  async #fetch(receiver: Receiver): Promise<void> {
    this.#fetching = true;
    while (this.#due.length > 0 && !this.#closed) {
      const names = this.#due.slice(0, MOST_FETCHED);
      try {
        const events = receiver.wanted()
          ? trusted(await this.#get(names), (error) => receiver.failed(error))
          : [];
        this.#due.splice(0, names.length);
        this.#received += events.length;
        await receiver.deliver(events).catch(() => this.close());
      } catch (error) {
        if (!this.#closed) receiver.failed(error);
        break;
      }
    }
    this.#fetching = false;
  }

  async #get(names: string[]): Promise<string[]> {
    const values = [`{${names.join()}}`];
    const batches = new Map(await this.pool.read<[string, string]>({ text: FETCH, values }));
    return names.flatMap((name) => batches.get(name)?.split("\n") ?? []);
  }
}

const SEND = `
  WITH sent AS (INSERT INTO passing (batch, json) VALUES ($1::text, $2::text) RETURNING batch)
  SELECT pg_notify(${CHANNEL}, 'passing ' || batch) FROM sent`;

const FETCH = "SELECT batch, json FROM passing WHERE batch = ANY ($1::text[])";

const NAMES = `
  SELECT now()::text, string_agg(batch, ' ' ORDER BY sent_at) FROM passing
  WHERE sent_at > coalesce(nullif($1::text, '')::timestamptz, now()) - interval '${MARGIN} seconds'`;

const CLEAR = `DELETE FROM passing WHERE sent_at < now() - interval '${KEPT} seconds'`;
