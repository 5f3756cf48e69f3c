import type { Steps } from "../flow/steps.ts";
import { Rejection } from "../protocol/reason.ts";
import type { HeldRecords } from "./held_records.ts";
import { fromHex, toHex } from "./hex.ts";
import { PackedIds } from "./packed_ids.ts";
import { type Differences, initiate, learn } from "./reconcile.ts";
import type { RecordSet } from "./record_set.ts";
import { type RelayMessage, RemoteError, type RemoteRelay } from "./remote_relay.ts";

/** An honest relay is done after some hundred. */
const MOST_ROUNDS = 10_000;

/** Ids that a relay may claim to have and we lack: a bound on memory, 32 bytes each. */
const MOST_NEEDED = 10_000_000;

/** Bytes of a message before it is written in hex: other relays take no more than 128 KiB, some of them. */
const MESSAGE_BYTES = 64_000;

/** Milliseconds for the first answer, for which a relay reads all its records. */
const FIRST_PATIENCE = 90_000;

/** A relay that does not know NEG-OPEN says so in a NOTICE, in its own words. */
const UNKNOWN =
  /neg-|negentropy|unknown|unsupported|not supported|unrecogni[sz]ed|invalid|bad msg|bad message/i;

/** What comparing has found so far. */
export class Comparison implements Differences {
  /** We have them, the relay does not. */
  readonly lackedThere = new PackedIds();
  /** The relay has them, we do not. */
  readonly lackedHere = new PackedIds();
  /** Messages sent, and answered. */
  rounds = 0;

  readonly have = (id: Uint8Array): void => this.lackedThere.push(id);
  readonly need = (id: Uint8Array): void => this.lackedHere.push(id);
}

/** The relay finds more than it compares at once. */
export class TooMuchToCompare extends RemoteError {}

/**
 * Finds out what a relay has and what we have, of what passes a filter (NIP-77), and adds it to the comparison.
 * @throws {RemoteError} when the relay does not compare, or not properly.
 */
export async function compare(
  remote: RemoteRelay,
  filter: unknown,
  { set, pool }: HeldRecords,
  comparison: Comparison,
  signal: AbortSignal,
): Promise<void> {
  const id = "longneck";
  let frame = JSON.stringify(["NEG-OPEN", id, filter, toHex(initiate(set))]);
  let ask = first;
  while (comparison.rounds++ < MOST_ROUNDS && comparison.lackedHere.size <= MOST_NEEDED) {
    const [verb, , payload] = await ask(remote, id, frame);
    if (verb === "NEG-ERR") throw refusal(remote, String(payload));
    const message = await pool.slices.run(understand(remote, set, payload, comparison), signal);
    if (message.length === 1) return remote.send(JSON.stringify(["NEG-CLOSE", id]));
    frame = JSON.stringify(["NEG-MSG", id, toHex(message)]);
    ask = next;
  }
  throw remote.error("comes to no end with comparing");
}

function refusal(remote: RemoteRelay, reason: string): RemoteError {
  const { message } = remote.error(`does not compare: ${reason}`);
  return /^blocked:.*\btoo (big|many|large)\b/i.test(reason)
    ? new TooMuchToCompare(message)
    : new RemoteError(message);
}

function* understand(
  remote: RemoteRelay,
  set: RecordSet,
  payload: unknown,
  differences: Differences,
): Steps<Uint8Array> {
  try {
    return yield* learn(set, fromHex(payload), MESSAGE_BYTES, differences);
  } catch (error) {
    if (error instanceof Rejection) throw remote.error(`compares wrongly: ${error.sentence}`);
    throw error;
  }
}

async function first(remote: RemoteRelay, id: string, frame: string): Promise<RelayMessage> {
  const unknown = Promise.withResolvers<never>();
  remote.onNotice = (sentence) => {
    if (UNKNOWN.test(sentence)) unknown.reject(remote.error(`seems not to know NIP-77: ${sentence}`));
  };
  try {
    const silence = "does not answer NEG-OPEN; it seems not to know NIP-77";
    return await Promise.race([
      next(remote, id, frame, { silence, patience: FIRST_PATIENCE }),
      unknown.promise,
    ]);
  } finally {
    remote.onNotice = () => {};
  }
}

const next = (remote: RemoteRelay, id: string, frame: string, options = {}): Promise<RelayMessage> =>
  remote.ask({ key: `NEG ${id}`, frame, hear: (message) => message, ...options });
