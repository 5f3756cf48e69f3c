import type { VerifiedEvent } from "../../protocol/event.ts";
import type { Bus, BusState, Receiver } from "../bus.ts";
import type { AnswerMemory } from "./answer_memory.ts";
import { read } from "./changed.ts";
import type { Client } from "./client.ts";
import { Feed, type Stretch } from "./feed.ts";
import { CHANNEL, Listener, type Rhythm } from "./listener.ts";
import { Passing } from "./passing.ts";
import type { Pool } from "./pool.ts";
import { RECORDS_VERSION } from "./record_table.ts";
import { trusted } from "./trusted.ts";

/** Most that is read at once; one event is read however long it is. */
const PAGE = { events: 300, bytes: 256 * 1024 };

/** Instances that share a PostgreSQL database tell each other of commits by LISTEN and NOTIFY. */
export class PostgresBus implements Bus {
  readonly feed = new Feed((after, upTo) => this.#read(after, upTo));
  readonly #passing: Passing;
  #listener: Listener | undefined;
  #receiver: Receiver | undefined;
  /** A pooler may pass on no notifications but those of the same connection. */
  #hears = false;

  /**
   * @param pool Of the primary.
   * @param instance Which relay of several this is.
   * @param answers Are told of all commits.
   */
  constructor(
    readonly pool: Pool,
    readonly instance: string,
    readonly answers: AnswerMemory,
    readonly rhythm: Rhythm = {},
  ) {
    this.#passing = new Passing(pool, instance, rhythm.clearing);
  }

  get state(): BusState {
    return {
      listening: this.#listener?.listening ?? false,
      behind: this.feed.behind,
      received: this.feed.eventsRead + this.#passing.received,
    };
  }

  receive(receiver: Receiver): Promise<void> {
    this.#receiver = receiver;
    this.feed.start(receiver);
    this.#passing.start(receiver);
    this.#listener = new Listener({
      ...this.pool.options,
      rhythm: this.rhythm,
      hear: (notification) => this.#hear(notification),
      ask: (client, limit) => this.#ask(client, limit),
      failed: (error) => receiver.failed(error),
    });
    return this.#listener.start();
  }

  send(event: VerifiedEvent): Promise<void> {
    return this.#passing.send(event);
  }

  mayCome(id: string): boolean {
    return this.feed.mayCome(id);
  }

  async close(): Promise<void> {
    this.feed.close();
    this.#passing.close();
    await this.#listener?.close();
  }

  /** `stored INSTANCE SEQ AFTER CHANGES`, `passing BATCH` or `records VERSION`. */
  #hear(notification: string): void {
    this.#hears = true;
    const [what, name, seq, after, changes] = notification.split(" ");
    switch (what) {
      case "passing":
        return this.#passing.hear(name!);
      case "records":
        return this.#receiver?.recordsAre(Number(name));
      case "stored": {
        // An own commit is announced, with its events, by its answer, which may come a moment later.
        const isOwn = name === this.instance;
        if (!isOwn || !this.answers.reaches(Number(seq))) {
          this.answers.change(Number(after), Number(seq), read(changes));
        }
        if (!isOwn) this.feed.announce(Number(seq));
      }
    }
  }

  /**
   * Whether all commits that are known to be made were told of, and others would be; and nothing was told of that is not
   * known, as an own commit is not before its answer: a replica that lacks it may answer until then.
   */
  get isUpToDate(): boolean {
    return this.#hears && this.#listener!.isAlert && this.answers.upTo === this.feed.known;
  }

  /** On a new connection to the primary: another server may have become it. */
  async begin(client: Client): Promise<void> {
    this.answers.restart(await this.#askHeads(client));
  }

  /** Learns how far the commits go: no query may be answered before that is known. And the version of the records. */
  async #askHeads(client: Client, limit?: number): Promise<number> {
    const { known } = this.feed;
    const rows = await client.run<[seq: string, version: string]>({ text: HEADS, values: [] }, limit);
    const [[head, version] = ["0", "0"]] = rows;
    if (Number(head) < known) {
      this.feed.goBack(Number(head));
      this.answers.restart(Number(head));
    }
    this.feed.announce(Number(head));
    this.#receiver?.recordsAre(Number(version));
    return Number(head);
  }

  async #ask(client: Client, limit: number): Promise<void> {
    this.answers.reach(await this.#askHeads(client, limit));
    if (!this.#hears) await this.#greet();
    await this.#passing.ask(client, limit);
  }

  /**
   * By another connection, as others do. If that fails, the next beat does it again. Names a batch that never was: relays
   * of before take any other word for a commit.
   */
  async #greet(): Promise<void> {
    await this.pool.run({ text: GREET, values: [`passing ${this.instance}-0`] }).catch(() => {});
  }

  async #read(after: number, upTo: number): Promise<Stretch> {
    const values = [after, upTo, PAGE.events, PAGE.bytes];
    const rows = await this.pool.read<[seq: string, json: string, total: string]>({ text: READ, values });
    const [last, , total] = rows.at(-1) ?? [upTo, "", 0];
    const isWhole = rows.length === Number(total) && rows.length < PAGE.events;
    const events = trusted(rows.map(([, json]) => json), (error) => this.#receiver?.failed(error));
    return { after, upTo: isWhole ? upTo : Number(last), events };
  }
}

const HEADS = `SELECT seq, ${RECORDS_VERSION} FROM head`;

const GREET = `SELECT pg_notify(${CHANNEL}, $1::text)`;

const READ = `
  SELECT seq, json, total FROM (
    SELECT seq, json, count(*) OVER () AS total,
      sum(octet_length(json)) OVER (ORDER BY seq) - octet_length(json) AS before
    FROM (
      SELECT seq, json FROM event WHERE seq > $1::bigint AND seq <= $2::bigint ORDER BY seq LIMIT $3::bigint
    ) AS next
  ) AS counted
  WHERE before < $4::bigint ORDER BY seq`;
