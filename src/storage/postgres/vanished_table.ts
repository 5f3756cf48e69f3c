import { untilNoneLeft } from "../in_chunks.ts";
import type { Vanished, VanishedRegister } from "../vanishing.ts";
import type { Statement } from "./client.ts";
import type { Servers } from "./servers.ts";
import type { Writer } from "./writer.ts";

/** Refusals let go of in one statement. */
const MOST_REFUSALS = 2_000;

/** Those who have asked to vanish (NIP-62). */
export class VanishedTable implements VanishedRegister {
  constructor(readonly servers: Servers, readonly writer: Writer) {}

  async note(who: readonly Vanished[]): Promise<void> {
    this.servers.mustBeWritable();
    await this.writer.vanish(who);
  }

  after(pubkey: string, most: number): Promise<Vanished[]> {
    return this.#read({ text: AFTER, values: [pubkey, most] });
  }

  async leaving(most: number): Promise<Vanished[]> {
    this.servers.mustBeWritable();
    return await this.#read({ text: LEAVING, values: [most] });
  }

  /** Lets go of what they had deleted, and notes that nothing is left, unless they have asked again meanwhile. */
  async forget(vanished: readonly Vanished[]): Promise<void> {
    const { writing } = this.servers;
    for (const { pubkey, until } of vanished) {
      await untilNoneLeft(MOST_REFUSALS, async (most) => {
        return (await writing.run({ text: FORGET_REFUSALS, values: [pubkey, until, most] })).length;
      });
      await writing.run({ text: IS_GONE, values: [pubkey, until] });
    }
  }

  async #read(statement: Statement): Promise<Vanished[]> {
    const rows = await this.servers.writing.read<[pubkey: string, until: string]>(statement);
    return rows.map(([pubkey, until]) => ({ pubkey, until: Number(until) }));
  }
}

const AFTER = `
  SELECT encode(pubkey, 'hex'), until FROM vanished
  WHERE pubkey > decode($1::text, 'hex') ORDER BY pubkey LIMIT $2::bigint`;

const LEAVING = "SELECT encode(pubkey, 'hex'), until FROM vanished WHERE leaving LIMIT $1::bigint";

/** The time is compared again once a row is locked: a request that comes just then may have renewed it. */
const FORGET_REFUSALS = `
  DELETE FROM deletion WHERE asked_at <= $2::bigint AND (target, pubkey) IN (
    SELECT target, pubkey FROM deletion
    WHERE pubkey = decode($1::text, 'hex') AND asked_at <= $2::bigint LIMIT $3::bigint
  ) RETURNING 1`;

const IS_GONE = `
  UPDATE vanished SET leaving = false WHERE pubkey = decode($1::text, 'hex') AND until = $2::bigint`;
