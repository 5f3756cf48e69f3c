import type { Services, Session } from "../../src/handler/session.ts";

/** What time it is for them. */
export const NOW = 1_700_000_000;

/** A client of a relay where all goes well but for what a test says. */
export function session(
  services: Partial<Record<keyof Services, unknown>>,
): { session: Session; failed: string[] } {
  const failed: string[] = [];
  const nothing = () => {};
  const all = {
    repository: { has: () => Promise.resolve(false), save: () => Promise.resolve("stored") },
    verifier: { verify: (event: unknown) => Promise.resolve(event) },
    broadcast: { expect: nothing, withdraw: nothing, publish: () => Promise.resolve() },
    rules: {
      writer: nothing,
      eventRate: nothing,
      eventSize: nothing,
      event: nothing,
      vanish: nothing,
      authentication: true,
    },
    observer: { saved: nothing, rejected: nothing, failed: (task: string) => failed.push(task) },
    now: () => NOW,
    ...services,
  };
  const client = { pubkeys: new Set() };
  const given = { services: all, client, challenge: "c", relayUrl: "relay.test", authenticate: nothing };
  return { session: given as unknown as Session, failed };
}
