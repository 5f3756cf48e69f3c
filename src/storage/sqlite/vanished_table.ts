import type { DatabaseSync } from "node:sqlite";
import type { Vanished } from "../vanishing.ts";

/** Who has asked to vanish (NIP-62), and of whom something may be left. */
export class VanishedTable {
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#statements = statements(database);
  }

  /** Up to which `created_at` nothing of this public key is kept; −1 when it has never asked to vanish. */
  until(pubkey: string): number {
    return Number(this.#statements.until.get(pubkey)?.until ?? -1);
  }

  add({ pubkey, until }: Vanished): void {
    this.#statements.add.run(pubkey, until);
  }

  /** No more than so many, in the order of their keys, from behind this one on. */
  after(pubkey: string, most: number): Vanished[] {
    return this.#statements.after.all(pubkey, most) as unknown as Vanished[];
  }

  /** Some of those of whom something may be left. */
  leaving(most: number): Vanished[] {
    return this.#statements.leaving.all(most) as unknown as Vanished[];
  }

  /** Lets go of up to so many things that they had deleted; answers how many. */
  forgetDeletions({ pubkey, until }: Vanished, most: number): number {
    return Number(this.#statements.forgetDeletions.run(pubkey, until, most).changes);
  }

  /** Nothing is left, unless they have asked again meanwhile. */
  isGone({ pubkey, until }: Vanished): void {
    this.#statements.isGone.run(pubkey, until);
  }
}

type Statements = ReturnType<typeof statements>;

function statements(database: DatabaseSync) {
  return {
    until: database.prepare("SELECT until FROM vanished WHERE pubkey = ?"),
    add: database.prepare(
      `INSERT INTO vanished VALUES (?, ?, 1)
      ON CONFLICT DO UPDATE SET until = excluded.until, leaving = 1 WHERE excluded.until > until`,
    ),
    after: database.prepare(
      "SELECT pubkey, until FROM vanished WHERE pubkey > ? ORDER BY pubkey LIMIT ? + 0",
    ),
    leaving: database.prepare("SELECT pubkey, until FROM vanished WHERE leaving LIMIT ? + 0"),
    forgetDeletions: database.prepare(
      `DELETE FROM deletion WHERE (target, pubkey) IN (
        SELECT target, pubkey FROM deletion WHERE pubkey = ? AND asked_at <= ? LIMIT ?
      )`,
    ),
    isGone: database.prepare("UPDATE vanished SET leaving = 0 WHERE pubkey = ? AND until = ?"),
  };
}
