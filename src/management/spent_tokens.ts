import { gone, put } from "./lists.ts";
import type { RecordBook } from "./record_book.ts";

/** The kind of record; it is in databases: never change it. */
const KIND = "spent-token";

/** Tokens that were used, for as long as they would be good: at whatever instance, and over restarts. */
export class SpentTokens {
  /** @param now Unix time in seconds. */
  constructor(readonly book: RecordBook, readonly now: () => number) {}

  /**
   * Marks a token as used; answers whether it was not before.
   * @param until When it will not be good any more, in seconds.
   * @throws {StorageError}
   */
  async spend(id: string, until: number): Promise<boolean> {
    const spent = this.book.of<number>(KIND);
    let isNew = false;
    await this.book.change(() => {
      isNew = !spent.has(id);
      if (!isNew) return [];
      const past = [...spent].filter(([, until]) => until < this.now());
      return [...past.map(([id]) => gone(KIND, id)), put(KIND, id, until)];
    });
    return isNew;
  }
}
