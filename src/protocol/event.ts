import { hash } from "node:crypto";
import { partsInAscii } from "./ascii.ts";
import { isHex, isHex64 } from "./hex.ts";
import { kindClass, MAX_KIND, VANISH } from "./kind.ts";
import { Rejection } from "./reason.ts";

/** NIP-01's only object. Hex is lowercase: `id` and `pubkey` 64 digits, `sig` 128; `created_at` in seconds. */
export interface NostrEvent {
  readonly id: string;
  readonly pubkey: string;
  readonly created_at: number;
  readonly kind: number;
  readonly tags: readonly Tag[];
  readonly content: string;
  readonly sig: string;
}

export type Tag = readonly string[];

/** An event of the right shape, with the JSON in which it is stored and served. */
export interface EncodedEvent {
  readonly event: NostrEvent;
  /**
   * The seven fields of NIP-01 in their order, starting `{"id":"`, as `JSON.stringify` gives them or, where that has few
   * other characters, in ASCII (`inAscii`). Extra fields that the client sent are gone.
   */
  readonly json: string;
}

/** Where the id begins. */
export const ID_AT = `{"id":"`.length;

/** The id of an event, from its JSON as {@link EncodedEvent} has it: nothing is parsed. */
export const idOf = (json: string): string => json.slice(ID_AT, ID_AT + 64);

/** Whether an event has this id, from its JSON as well. */
export const hasId = (json: string, id: string): boolean => json.startsWith(id, ID_AT);

declare const verified: unique symbol;

/** An event whose id and signature are right. Only `crypto/` makes one, and {@link trustStored} of what it once made. */
export type VerifiedEvent = EncodedEvent & { readonly [verified]: true };

/**
 * Reads an event from parsed JSON and encodes it.
 * @throws {Rejection} `invalid` when a field is missing or malformed, or when the id is not its hash.
 */
export function readEvent(value: unknown): EncodedEvent {
  const event = readShape(value);
  const tags = JSON.stringify(event.tags);
  const content = JSON.stringify(event.content);
  const committed = `[0,"${event.pubkey}",${event.created_at},${event.kind},${tags},${content}]`;
  if (!commitments(committed).some((text) => hash("sha256", text) === event.id)) {
    throw new Rejection("invalid", "the id is not the SHA-256 of the serialized event");
  }
  const [asciiTags, asciiContent] = partsInAscii([tags, content], REST);
  const json = `{"id":"${event.id}","pubkey":"${event.pubkey}","created_at":${event.created_at},` +
    `"kind":${event.kind},"tags":${asciiTags},"content":${asciiContent},"sig":"${event.sig}"}`;
  return { event, json };
}

/** Units of an event's JSON beside its tags and content, give or take a few for its numbers. */
const REST = 340;

/**
 * Takes an event for verified because a store of ours has it: it was verified when it came in. Checks neither
 * id nor signature, so never for what comes from anywhere else.
 * @param json As a repository gives it.
 * @throws {SyntaxError | Rejection} when it is no event: the store is damaged.
 */
export function trustStored(json: string): VerifiedEvent {
  return { event: readShape(JSON.parse(json)), json } as VerifiedEvent;
}

/**
 * The texts whose hash may be the id. NIP-01 escapes seven characters and wants all others verbatim;
 * every JSON library also escapes the other control characters. Both readings are in use.
 */
function commitments(asJson: string): string[] {
  if (!asJson.includes("\\u00")) return [asJson];
  const verbatim = asJson.replace(
    /\\(?:u(00[01][0-9a-f])|.)/g,
    (escape, code) => code ? String.fromCharCode(parseInt(code, 16)) : escape,
  );
  return [asJson, verbatim];
}

function readShape(value: unknown): NostrEvent {
  if (!isRecord(value)) throw new Rejection("invalid", "an event must be a JSON object");
  const { id, pubkey, created_at, kind, tags, content, sig } = value;
  if (!isHex64(id)) throw new Rejection("invalid", "id must be 64 lowercase hex digits");
  if (!isHex64(pubkey)) throw new Rejection("invalid", "pubkey must be 64 lowercase hex digits");
  if (!isInteger(created_at, Number.MAX_SAFE_INTEGER)) {
    throw new Rejection("invalid", "created_at must be a whole number of seconds, 0 or more");
  }
  if (!isInteger(kind, MAX_KIND)) {
    throw new Rejection("invalid", `kind must be a whole number from 0 to ${MAX_KIND}`);
  }
  if (!isTags(tags)) throw new Rejection("invalid", "tags must be an array of non-empty arrays of strings");
  if (typeof content !== "string") throw new Rejection("invalid", "content must be a string");
  if (typeof sig !== "string" || sig.length !== 128 || !isHex(sig)) {
    throw new Rejection("invalid", "sig must be 128 lowercase hex digits");
  }
  if (!content.isWellFormed() || !tags.every((tag) => tag.every((item) => item.isWellFormed()))) {
    throw new Rejection("invalid", "text contains a lone surrogate, which UTF-8 cannot carry");
  }
  return { id, pubkey, created_at, kind, tags, content, sig };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isInteger(value: unknown, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;
}

function isTags(value: unknown): value is Tag[] {
  return Array.isArray(value) &&
    value.every((tag) =>
      Array.isArray(tag) && tag.length > 0 && tag.every((item) => typeof item === "string")
    );
}

/** The first value of the first tag with this name; undefined without one. */
export function tagValue(event: NostrEvent, name: string): string | undefined {
  return event.tags.find((tag) => tag[0] === name)?.[1];
}

function isLetter(name: string): boolean {
  const lowercase = name.charCodeAt(0) | 0x20;
  return name.length === 1 && lowercase >= 0x61 && lowercase <= 0x7a;
}

/** NIP-01: single letters, upper and lower case, are indexed by their first value. */
export function isIndexedTag(tag: Tag): tag is readonly [name: string, value: string, ...string[]] {
  return tag.length > 1 && isLetter(tag[0]!);
}

/**
 * Where a replaceable or addressable event lives, `kind:pubkey:d`, as an `a` tag names it; undefined for
 * other kinds. A missing `d` is the empty string.
 */
export function eventAddress(event: NostrEvent): string | undefined {
  const keeps = kindClass(event.kind);
  if (keeps === "replaceable") return `${event.kind}:${event.pubkey}:`;
  if (keeps === "addressable") return `${event.kind}:${event.pubkey}:${tagValue(event, "d") ?? ""}`;
}

/**
 * NIP-40: when the event expires, in seconds; undefined when it never does, or when the tag is not a whole number.
 * A request to vanish never does: it is what keeps the rest away (NIP-62).
 */
export function expiresAt(event: NostrEvent): number | undefined {
  if (event.kind === VANISH) return undefined;
  const value = tagValue(event, "expiration");
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** The order in which stored events are sent. NIP-01: newest first; ties put the lowest id first. */
export function newestFirst(a: NostrEvent, b: NostrEvent): number {
  return b.created_at - a.created_at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
