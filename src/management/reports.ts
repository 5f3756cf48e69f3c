import type { NostrEvent } from "../protocol/event.ts";
import { isHex64 } from "../protocol/hex.ts";
import { REPORT } from "../protocol/kind.ts";
import type { Repository } from "../storage/repository.ts";
import type { Lists } from "./lists.ts";

/** Reports looked at: the newest. */
const MAX_REPORTS = 1_000;

/** An event that somebody finds fault with. */
export interface Reported {
  readonly id: string;
  /** What the newest report says. */
  readonly reason: string;
}

/** The events here that were reported (NIP-56) and that operators have neither allowed nor banned; newest report first. */
export async function reportedEvents(
  repository: Repository,
  { allowedEvents, bannedEvents }: Lists,
  signal: AbortSignal,
): Promise<Reported[]> {
  const reasons = new Map<string, string>();
  for await (const page of repository.find([{ kinds: [REPORT], limit: MAX_REPORTS }], { signal })) {
    for (const json of page) {
      for (const { id, reason } of reportsIn(JSON.parse(json))) {
        if (!reasons.has(id) && !allowedEvents.has(id) && !bannedEvents.has(id)) reasons.set(id, reason);
      }
    }
  }
  const open = [...reasons].map(async ([id, reason]) => await repository.has(id) ? [{ id, reason }] : []);
  return (await Promise.all(open)).flat();
}

/** NIP-56: an `e` tag names the event, and its third value says what is wrong with it; the content may say more. */
function reportsIn({ tags, content }: NostrEvent): Reported[] {
  return tags.flatMap(([name, id, type = ""]) => {
    if (name !== "e" || !isHex64(id)) return [];
    return { id, reason: [type, content].filter(Boolean).join(": ").slice(0, 1_000) };
  });
}
