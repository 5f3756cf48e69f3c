import type { NostrEvent } from "../../protocol/event.ts";
import { tagKeys, tieOf } from "./keys.ts";
import { numbers, uuids } from "./literal.ts";

/** Keys, pasts, ties and, counted from 1, places in the list of all tags that are indexed. */
export function tagRows(
  events: readonly NostrEvent[],
): [keys: string, pasts: string, ties: string, nths: string] {
  const keys: string[] = [], pasts: number[] = [], ties: number[] = [], nths: number[] = [];
  for (const [at, event] of events.entries()) {
    const tie = tieOf(event.id);
    for (const key of tagKeys(event)) {
      keys.push(key);
      pasts.push(-event.created_at);
      ties.push(tie);
      nths.push(at + 1);
    }
  }
  return [uuids(keys), numbers(pasts), numbers(ties), numbers(nths)];
}
