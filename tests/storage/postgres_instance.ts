import type { VerifiedEvent } from "../../src/protocol/event.ts";
import type { PostgresOptions, PostgresRepository } from "../../src/storage/postgres/postgres_repository.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { Inbox } from "../fixtures/inbox.ts";
import { connect } from "../fixtures/postgres.ts";
import { openDatabase } from "./postgres_store.ts";

/** So seldom that all a test sees is due to notifications and reconnection. */
const NEVER = { beat: 3_600_000 };

/** An instance whose live events go into an inbox. */
export class Instance implements AsyncDisposable {
  readonly inbox = new Inbox();

  private constructor(readonly repository: PostgresRepository) {}

  static async start(url: string, options: Partial<PostgresOptions> = {}): Promise<Instance> {
    const instance = new Instance(await openDatabase(url, { rhythm: NEVER, ...options }));
    await instance.repository.bus.receive(instance.inbox);
    return instance;
  }

  async save(...events: VerifiedEvent[]): Promise<void> {
    await Promise.all(events.map((event) => this.repository.save(event)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.repository.close();
  }
}

/** Different events, the same for the same author. */
export const notes = (count: number, author = 1) =>
  Array.from({ length: count }, (_, n) => fakeEvent({ pubkey: hex(author), content: `${n}` }));

/** Ends the connections that listen, known by their last question. */
export async function breakListeners(url: string): Promise<void> {
  await using admin = connect(url);
  await admin.sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE '%FROM passing%' AND pid <> pg_backend_pid()`;
}
