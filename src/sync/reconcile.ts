import { Buffer } from "node:buffer";
import type { Steps } from "../flow/steps.ts";
import { ID_BYTES } from "../protocol/identities.ts";
import { Rejection } from "../protocol/reason.ts";
import {
  type Bound,
  END,
  FINGERPRINT,
  FINGERPRINT_BYTES,
  ID_LIST,
  MessageReader,
  MessageWriter,
  SKIP,
  START,
} from "./codec.ts";
import type { RecordSet } from "./record_set.ts";

/** NIP-77: version 1 of the protocol. */
export const VERSION = 0x61;

/** Parts into which a range is split whose fingerprints differ; below twice as many records, their ids are told. */
const PARTS = 16;

/**
 * Bytes that a message keeps for its end: a range that is split (at most 2 · PARTS ids, or PARTS bounds with their
 * fingerprints) and one fingerprint of all that it does not reach.
 */
const RESERVE = 1_200;

/**
 * The share of a message from which on ranges that differ are no longer split, nor their ids told: their fingerprints
 * go back as they are. So what the other side has found out is not lost to a message that is full.
 */
const SPLIT_SHARE = 0.7;

/** Ids compared in a step. */
const STRETCH = 256;

/** What the initiator learns. Ids are 32 bytes, views that are good for the moment. */
export interface Differences {
  /** We have it, the other side does not. */
  have(id: Uint8Array): void;
  /** The other side has it, we do not. */
  need(id: Uint8Array): void;
}

/** The first message of an exchange: one range, which is all. */
export function initiate(records: RecordSet): Uint8Array {
  const message = new MessageWriter();
  message.bytes(Uint8Array.of(VERSION));
  splitRange(message, records, 0, records.size, END);
  return message.finish();
}

/**
 * Answers a message as the side that was asked: the relay.
 * @param most Bytes of the answer, at least 4,096; what does not fit is left to the next.
 * @throws {Rejection} `invalid`
 */
export function* respond(records: RecordSet, message: Uint8Array, most: number): Steps<Uint8Array> {
  return yield* reconcile(records, message, most, undefined);
}

/**
 * Answers a message as the side that began, and learns from it. An answer that holds nothing but its version is
 * the end: there are no differences left.
 * @throws {Rejection} `invalid`; `unsupported` when the other side speaks no version 1.
 */
export function* learn(
  records: RecordSet,
  message: Uint8Array,
  most: number,
  differences: Differences,
): Steps<Uint8Array> {
  return yield* reconcile(records, message, most, differences);
}

function* reconcile(
  records: RecordSet,
  message: Uint8Array,
  most: number,
  differences: Differences | undefined,
): Steps<Uint8Array> {
  const reader = new MessageReader(message), answer = new MessageWriter();
  answer.bytes(Uint8Array.of(VERSION));
  const version = reader.byte();
  if (version !== VERSION) {
    if (differences) {
      throw new Rejection("unsupported", "the other side speaks no version of NIP-77 that is known here");
    }
    return answer.finish(); // tells the highest version that we know
  }
  let from = 0, before = START, skipped = false;
  const endSkip = () => {
    if (skipped) writeSkip(answer, before);
    skipped = false;
  };
  const isFull = () => answer.length > SPLIT_SHARE * most;
  while (!reader.atEnd) {
    const bound = reader.bound(), mode = reader.varint();
    let to = records.lowerBound(bound, from), end = bound;
    if (mode === SKIP) {
      skipped = true;
    } else if (mode === FINGERPRINT) {
      const theirs = reader.bytes(FINGERPRINT_BYTES);
      if (isEqual(theirs, records.fingerprint(from, to))) {
        skipped = true;
      } else {
        endSkip();
        if (isFull()) writeFingerprint(answer, records, from, to, bound);
        else splitRange(answer, records, from, to, bound);
      }
    } else if (mode === ID_LIST) {
      const theirs = reader.bytes(reader.varint() * ID_BYTES);
      if (differences) {
        yield* compareIds(records.ids(from, to), theirs, differences);
        skipped = true;
      } else if (isFull()) {
        endSkip();
        writeFingerprint(answer, records, from, to, bound);
      } else {
        endSkip();
        const room = Math.floor((most - RESERVE - answer.length) / ID_BYTES);
        if (room <= 0) return finishEarly(answer, records, from);
        if (to - from > room) {
          to = from + room;
          end = records.boundBefore(to);
        }
        writeIds(answer, records, from, to, end);
      }
    } else {
      throw new Rejection("invalid", "the sync message has a range of an unknown mode");
    }
    if (end !== bound || answer.length > most - RESERVE) {
      return finishEarly(answer, records, to);
    }
    from = to;
    before = end;
    yield;
  }
  return answer.finish();
}

/** What was not reached goes as one fingerprint, which the other side will ask about. */
function finishEarly(answer: MessageWriter, records: RecordSet, from: number): Uint8Array {
  writeFingerprint(answer, records, from, records.size, END);
  return answer.finish();
}

function splitRange(answer: MessageWriter, records: RecordSet, from: number, to: number, bound: Bound): void {
  const count = to - from;
  if (count < 2 * PARTS) return writeIds(answer, records, from, to, bound);
  for (let part = 0; part < PARTS; part++) {
    const start = from + Math.floor(count * part / PARTS),
      end = from + Math.floor(count * (part + 1) / PARTS);
    writeFingerprint(answer, records, start, end, end === to ? bound : records.boundBefore(end));
  }
}

function writeFingerprint(
  answer: MessageWriter,
  records: RecordSet,
  from: number,
  to: number,
  bound: Bound,
): void {
  answer.bound(bound);
  answer.varint(FINGERPRINT);
  answer.bytes(records.fingerprint(from, to));
}

function writeIds(answer: MessageWriter, records: RecordSet, from: number, to: number, bound: Bound): void {
  answer.bound(bound);
  answer.varint(ID_LIST);
  answer.varint(to - from);
  answer.bytes(records.ids(from, to));
}

function writeSkip(answer: MessageWriter, bound: Bound): void {
  answer.bound(bound);
  answer.varint(SKIP);
}

/** What each side has and the other lacks. The other side may claim as many ids as fit into a message, in any order. */
function* compareIds(ours: Uint8Array, theirs: Uint8Array, { have, need }: Differences): Steps<void> {
  const lacking = new Map<string, Uint8Array>();
  for (const [n, id] of idsOf(theirs)) {
    lacking.set(keyOf(id), id);
    if (n % STRETCH === 0) yield;
  }
  for (const [n, id] of idsOf(ours)) {
    if (!lacking.delete(keyOf(id))) have(id);
    if (n % STRETCH === 0) yield;
  }
  for (const id of lacking.values()) need(id);
}

function* idsOf(bytes: Uint8Array): Generator<[n: number, id: Uint8Array], void, void> {
  for (let n = 0; n * ID_BYTES < bytes.length; n++) {
    yield [n, bytes.subarray(n * ID_BYTES, (n + 1) * ID_BYTES)];
  }
}

const keyOf = ({ buffer, byteOffset }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, ID_BYTES).toString("latin1");

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, at) => byte === b[at]);
