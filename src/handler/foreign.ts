import { Buffer } from "node:buffer";
import type { Client } from "../policy/rule.ts";
import { VANISH } from "../protocol/kind.ts";
import { takeVerified } from "../sync/take.ts";
import type { Services } from "./session.ts";
import { store } from "./store.ts";
import { vanish } from "./vanish.ts";

/** Whoever brings an event of another relay has authenticated as nobody: no protected event (NIP-70) is taken. */
const STRANGER: Client = { address: "mirror", pubkeys: new Set() };

/**
 * Takes an event that another relay has: the rules for what may be stored here are the same, those for who may send
 * it play no part. Answers what became of it: see takeVerified.
 */
export async function takeForeign(services: Services, given: unknown): Promise<string> {
  const { repository, verifier, rules, identities, now, intake, stopped } = services;
  await intake.acquire(stopped);
  try {
    return await takeVerified(given, {
      verifier,
      now,
      has: (id) => repository.has(id),
      save: async (event) => {
        rules.eventSize(Buffer.byteLength(JSON.stringify(event.event))); // ours may have more escapes than theirs
        const admit = async () => {
          rules.event(event.event, STRANGER);
          await identities?.admit(event.event);
        };
        if (event.event.kind === VANISH) return await vanish(services, event, { client: STRANGER, admit });
        await admit();
        return await store(services, event);
      },
    });
  } finally {
    intake.release();
  }
}
