import type { Reason } from "./reason.ts";
import { Rejection } from "./reason.ts";
import type { Utf8Texts } from "./utf8_texts.ts";

/** What a client may send (NIP-01, NIP-42, NIP-45, NIP-77). Payloads are still as the client sent them. */
export type ClientMessage =
  | { readonly verb: "EVENT" | "AUTH"; readonly event: unknown }
  | { readonly verb: "REQ" | "COUNT"; readonly id: string; readonly filters: readonly unknown[] }
  | { readonly verb: "CLOSE" | "NEG-CLOSE"; readonly id: string }
  | { readonly verb: "NEG-OPEN"; readonly id: string; readonly filter: unknown; readonly message: unknown }
  | { readonly verb: "NEG-MSG"; readonly id: string; readonly message: unknown };

/**
 * Reads a text frame.
 * @throws {Rejection} when there is nobody to answer but with a NOTICE: bad JSON, an unknown verb, an
 * id that is no string.
 */
export function readMessage(text: string): ClientMessage {
  const [verb, ...rest] = parseArray(text);
  switch (verb) {
    case "EVENT":
    case "AUTH":
      if (rest.length !== 1) throw new Rejection("invalid", `${verb} takes one event: ["${verb}", {…}]`);
      return { verb, event: rest[0] };
    case "REQ":
    case "COUNT":
      return { verb, id: readId(verb, rest[0]), filters: rest.slice(1) };
    case "CLOSE":
    case "NEG-CLOSE":
      return { verb, id: readId(verb, rest[0]) };
    case "NEG-OPEN":
      return { verb, id: readId(verb, rest[0]), filter: rest[1], message: rest[2] };
    case "NEG-MSG":
      return { verb, id: readId(verb, rest[0]), message: rest[1] };
    default:
      throw new Rejection("unsupported", `this relay knows no message ${excerpt(verb)}`);
  }
}

function parseArray(text: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Rejection("invalid", "the message is not JSON");
  }
  if (Array.isArray(value) && value.length > 0) return value;
  throw new Rejection("invalid", 'a message must be a JSON array such as ["REQ", "id", {…}]');
}

function readId(verb: string, id: unknown): string {
  if (typeof id === "string") return id;
  throw new Rejection("invalid", `the second element of ${verb} must be a string`);
}

/** A short piece of what the client sent; never an echo of all of it. */
function excerpt(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 32)) : `that is ${typeof value}`;
}

// What the relay sends, ready for the wire.

export const ok = (eventId: string, accepted: boolean, reason: Reason | "" = ""): string =>
  `["OK",${JSON.stringify(eventId)},${accepted},${JSON.stringify(reason)}]`;

/** NIP-67: whether all stored events were sent that pass the filters (`finish`), or there are more. */
export type EoseHint = "finish" | "more";

export const eose = (id: string, hint?: EoseHint): string =>
  `["EOSE",${JSON.stringify(id)}${hint ? `,["${hint}"]` : ""}]`;

export const closed = (id: string, reason: Reason): string =>
  `["CLOSED",${JSON.stringify(id)},${JSON.stringify(reason)}]`;

export const notice = (sentence: string): string => `["NOTICE",${JSON.stringify(sentence)}]`;

export const authChallenge = (challenge: string): string => `["AUTH",${JSON.stringify(challenge)}]`;

/** @param hll Registers (NIP-45), 512 hex digits, for a filter that has some. */
export const countAnswer = (id: string, count: number, hll?: string): string =>
  `["COUNT",${JSON.stringify(id)},{"count":${count}${hll === undefined ? "" : `,"hll":"${hll}"`}}]`;

export const negMsg = (id: string, hex: string): string => `["NEG-MSG",${JSON.stringify(id)},"${hex}"]`;

/** @param most The number of records that a query may find, where it finds more. */
export const negErr = (id: string, reason: Reason, most?: number): string =>
  `["NEG-ERR",${JSON.stringify(id)},${JSON.stringify(reason)}${most === undefined ? "" : `,${most}`}]`;

/** A text frame, or the EVENT frames of several events. */
export type Frame = string | EventFrames;

export type Frames = readonly Frame[];

/** EVENT frames of one subscription, of events in UTF-8. */
export interface EventFrames {
  /** See `eventFrameHead`. */
  readonly head: string;
  readonly events: Utf8Texts;
}

/** Frames as text, for a socket that takes no UTF-8. */
export const asText = (frames: Frames): readonly string[] =>
  frames.every((frame) => typeof frame === "string") ? frames : frames.flatMap((frame) => {
    if (typeof frame === "string") return frame;
    const { head, events } = frame;
    return Array.from({ length: events.length }, (_, at) => eventFrame(head, events.text(at)));
  });

/** The part of an EVENT frame that is the same for all events of a subscription; see `eventFrame`. */
export const eventFrameHead = (id: string): string => `["EVENT",${JSON.stringify(id)},`;

/** Joins the head and the stored JSON as it is: an event is never parsed and stringified again. */
export const eventFrame = (head: string, json: string): string => `${head}${json}]`;
