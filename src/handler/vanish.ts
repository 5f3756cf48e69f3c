import type { Client } from "../policy/rule.ts";
import type { VerifiedEvent } from "../protocol/event.ts";
import { Rejection } from "../protocol/reason.ts";
import type { SaveOutcome } from "../storage/repository.ts";
import type { Services } from "./session.ts";
import { store } from "./store.ts";

/** Asks all rules whether an event may be stored. @throws {Rejection} */
export type Admit = () => Promise<void>;

export interface VanishOptions {
  /** Who sends it. */
  readonly client: Client;
  readonly admit: Admit;
}

/**
 * Follows a request to vanish (NIP-62), whoever has made it. If the rules admit it, it is an event like any other, which
 * tells others too that its author is gone. If not, nothing is kept of it and nobody sees it, only who has vanished is
 * noted: with its content and tags it would else carry text past every ban and list.
 * @throws {Rejection} when it is not for this relay, for instance: see vanishRules.
 */
export async function vanish(
  services: Services,
  event: VerifiedEvent,
  { client, admit }: VanishOptions,
): Promise<SaveOutcome> {
  const { rules, repository } = services;
  const { pubkey, created_at: until } = event.event;
  rules.vanish(event.event, client);
  try {
    await admit();
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    await repository.vanish([{ pubkey, until }]);
    return "stored";
  }
  return await store(services, event);
}
