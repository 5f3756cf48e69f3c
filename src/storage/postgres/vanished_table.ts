import { untilNoneLeft } from "../in_chunks.ts";
import type { Vanished } from "../vanishing.ts";
import type { Pool } from "./pool.ts";

/** Refusals let go of in one statement. */
const MOST_REFUSALS = 2_000;

/** Those who have asked to vanish (NIP-62) and of whom something may be left. */
export class VanishedTable {
  constructor(readonly pool: Pool) {}

  async leaving(most: number): Promise<Vanished[]> {
    const rows = await this.pool.read<[pubkey: string, until: string]>({ text: LEAVING, values: [most] });
    return rows.map(([pubkey, until]) => ({ pubkey, until: Number(until) }));
  }

  /** Lets go of what they had deleted, and notes that nothing is left, unless they have asked again meanwhile. */
  async forget({ pubkey, until }: Vanished): Promise<void> {
    await untilNoneLeft(MOST_REFUSALS, async (most) => {
      return (await this.pool.run({ text: FORGET_REFUSALS, values: [pubkey, until, most] })).length;
    });
    await this.pool.run({ text: IS_GONE, values: [pubkey, until] });
  }
}

const LEAVING = "SELECT encode(pubkey, 'hex'), until FROM vanished WHERE leaving LIMIT $1::bigint";

/** The time is compared again once a row is locked: a request that comes just then may have renewed it. */
const FORGET_REFUSALS = `
  DELETE FROM deletion WHERE asked_at <= $2::bigint AND (target, pubkey) IN (
    SELECT target, pubkey FROM deletion
    WHERE pubkey = decode($1::text, 'hex') AND asked_at <= $2::bigint LIMIT $3::bigint
  ) RETURNING 1`;

const IS_GONE = `
  UPDATE vanished SET leaving = false WHERE pubkey = decode($1::text, 'hex') AND until = $2::bigint`;
