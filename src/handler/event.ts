import { type EncodedEvent, expiresAt, readEvent, type VerifiedEvent } from "../protocol/event.ts";
import { kindClass, VANISH } from "../protocol/kind.ts";
import { ok } from "../protocol/message.ts";
import { type Reason, Rejection } from "../protocol/reason.ts";
import type { SaveOutcome } from "../storage/repository.ts";
import { refuseEvent } from "./refusal.ts";
import type { Session } from "./session.ts";
import { store } from "./store.ts";
import { type Admit, vanish } from "./vanish.ts";

/**
 * EVENT (NIP-01): answers with OK. An event whose id can't be read is answered with a NOTICE.
 * @param bytes UTF-8 length of the event as the client sent it.
 */
export async function handleEvent(session: Session, given: unknown, bytes: number): Promise<string> {
  try {
    const { event, answer } = await accept(session, given, bytes);
    return ok(event.id, ...answer);
  } catch (error) {
    return refuseEvent(session, given, error);
  }
}

type Answer = readonly [accepted: boolean, reason: Reason | ""];

/** The EVENT line: may it be sent here, shape and id, known already?, signature, rules, commit, delivery. */
async function accept(
  session: Session,
  given: unknown,
  bytes: number,
): Promise<EncodedEvent & { answer: Answer }> {
  const { repository, verifier, rules, identities, now } = session.services;
  const leaving = (given as { kind?: unknown } | null)?.kind === VANISH;
  if (!leaving) rules.writer(session.client);
  rules.eventRate();
  rules.eventSize(bytes);
  const encoded = readEvent(given);
  const ephemeral = kindClass(encoded.event.kind) === "ephemeral";
  const expired = (expiresAt(encoded.event) ?? Infinity) <= now(); // refused below, though it may still be stored
  // Whoever asks again to vanish waits too until all is gone.
  if (!ephemeral && !expired && await repository.has(encoded.event.id) && !leaving) {
    return { ...encoded, answer: ANSWERS.duplicate };
  }
  const event = await verifier.verify(encoded);
  if (!event) throw new Rejection("invalid", "the signature does not match the id and the public key");
  const admit = async () => {
    if (leaving) rules.writer(session.client);
    rules.event(event.event, session.client);
    await identities?.admit(event.event);
  };
  if (leaving) return { ...encoded, answer: await leave(session, event, admit) };
  await admit();
  const { membership } = session.services;
  const answer = await (membership?.answer(event.event) ??
    (ephemeral ? relayOnly(session, event) : storeAndAnswer(session, event)));
  return { ...encoded, answer };
}

/** NIP-62: "regardless of the user's status". */
async function leave({ services, client }: Session, event: VerifiedEvent, admit: Admit): Promise<Answer> {
  const outcome = await vanish(services, event, { client, admit });
  if (outcome !== "superseded") return ANSWERS[outcome];
  return [true, "duplicate: a newer request of yours to vanish has been followed"];
}

async function storeAndAnswer({ services }: Session, event: VerifiedEvent): Promise<Answer> {
  return ANSWERS[await store(services, event)];
}

/** NIP-01: ephemeral events are delivered, never stored. Who waits for the bus can't overwhelm it. */
async function relayOnly({ services }: Session, event: VerifiedEvent): Promise<Answer> {
  await services.broadcast.publish(event, services.stopped);
  await services.repository.bus?.send(event);
  return ANSWERS.stored;
}

const ANSWERS: Record<SaveOutcome, Answer> = {
  stored: [true, ""],
  duplicate: [true, "duplicate: this event is already stored"],
  superseded: [false, "duplicate: a newer version of this event is stored"],
  deleted: [false, "blocked: its author, or a recipient of a gift wrap, has asked to delete this event"],
  vanished: [
    false,
    "blocked: its author, or a recipient of a gift wrap, has asked to vanish from this relay",
  ],
};
