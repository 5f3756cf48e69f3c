import type { Identities } from "../protocol/identities.ts";
import { Rejection } from "../protocol/reason.ts";
import type { SyncPool } from "./pool.ts";
import { RecordSet } from "./record_set.ts";

/** More records than an exchange may hold. */
export class TooManyRecords extends Rejection {
  constructor(readonly most: number) {
    super("blocked", `this query is too big: it finds more than ${most.toLocaleString("en-US")} events`);
  }
}

/** Records in memory, counted in the budget of all until they are disposed. */
export class HeldRecords implements Disposable {
  readonly #pages: Identities[] = [];
  #held = 0;
  #set: RecordSet | undefined;

  /**
   * Takes in what a repository tells, page by page, so that nothing is held that was not counted.
   * @param most Records that it may hold; the pages should end soon behind as many.
   * @throws {TooManyRecords}
   * @throws {Rejection} `rate-limited` when others hold too much.
   */
  static async collect(
    pages: AsyncIterable<Identities>,
    { pool, most }: { readonly pool: SyncPool; readonly most: number },
    signal: AbortSignal,
  ): Promise<HeldRecords> {
    const held = new HeldRecords(pool);
    try {
      for await (const page of pages) held.#add(page, most);
      held.#set = await pool.slices.run(RecordSet.from(held.#pages), signal);
      return held;
    } catch (error) {
      held[Symbol.dispose]();
      throw error;
    }
  }

  private constructor(readonly pool: SyncPool) {}

  get set(): RecordSet {
    return this.#set!;
  }

  #add(page: Identities, most: number): void {
    const count = page.times.length;
    if (this.#held + count > most) throw new TooManyRecords(most);
    if (!this.pool.records.take(count)) {
      throw new Rejection(
        "rate-limited",
        "others are comparing as much as there is memory for; try again later",
      );
    }
    this.#held += count;
    if (count > 0) this.#pages.push(page);
  }

  [Symbol.dispose](): void {
    this.pool.records.give(this.#held);
    this.#held = 0;
    this.#set = undefined;
  }
}
