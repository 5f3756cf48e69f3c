import { type NostrEvent, readEvent, tagValue } from "../protocol/event.ts";
import { AUTHENTICATION } from "../protocol/kind.ts";
import { ok } from "../protocol/message.ts";
import { Rejection } from "../protocol/reason.ts";
import { isThisRelay } from "../protocol/relay_url.ts";
import { refuseEvent } from "./refusal.ts";
import type { Session } from "./session.ts";

/** NIP-42: created_at should be within about ten minutes of the present. */
const WINDOW_SECONDS = 600;

/** A connection speaks for a few people; a bound keeps a stranger from filling memory with keys. */
const MAX_PUBKEYS = 64;

/** AUTH (NIP-42): answered with OK like an EVENT. Each pubkey that proves itself is authenticated beside the others. */
export async function handleAuth(session: Session, given: unknown): Promise<string> {
  try {
    const event = await prove(session, given);
    session.authenticate(event.pubkey);
    return ok(event.id, true);
  } catch (error) {
    return refuseEvent(session, given, error);
  }
}

async function prove(session: Session, given: unknown): Promise<NostrEvent> {
  const { verifier, now, rules } = session.services;
  if (!rules.authentication) throw new Rejection("unsupported", "this relay does not use authentication");
  const encoded = readEvent(given);
  const { event } = encoded;
  if (event.kind !== AUTHENTICATION) {
    throw new Rejection("invalid", `an AUTH event has kind ${AUTHENTICATION}, not ${event.kind}`);
  }
  if (tagValue(event, "challenge") !== session.challenge) {
    throw new Rejection("invalid", "the challenge tag is not the challenge that this connection was sent");
  }
  const relay = tagValue(event, "relay");
  if (relay === undefined || !isThisRelay(relay, session.relayUrl)) {
    throw new Rejection("invalid", `the relay tag must name this relay, ${session.relayUrl}`);
  }
  const off = Math.abs(now() - event.created_at);
  if (off > WINDOW_SECONDS) {
    const seconds = off.toLocaleString("en-US");
    throw new Rejection(
      "invalid",
      `created_at is ${seconds} s from the relay's clock; at most ${WINDOW_SECONDS} are accepted`,
    );
  }
  if (!await verifier.verify(encoded)) {
    throw new Rejection("invalid", "the signature does not match the id and the public key");
  }
  if (session.client.pubkeys.size >= MAX_PUBKEYS && !session.client.pubkeys.has(event.pubkey)) {
    throw new Rejection("restricted", `at most ${MAX_PUBKEYS} public keys may authenticate on a connection`);
  }
  return event;
}
