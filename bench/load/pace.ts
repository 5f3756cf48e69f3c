import { setTimeout as sleep } from "node:timers/promises";
import type { Prepared } from "./corpus.ts";
import type { Publisher } from "./publisher.ts";

/** Publishes at so many events a second; a late timer is made up for. An author stays with one publisher. */
export async function publishPaced(
  publishers: readonly Publisher[],
  events: readonly Prepared[],
  perSecond: number,
  onSend: (event: Prepared) => void = () => {},
): Promise<void> {
  const started = performance.now();
  for (let next = 0; next < events.length;) {
    const due = Math.min(events.length, Math.floor((performance.now() - started) * perSecond / 1000));
    for (; next < due; next++) {
      const event = events[next]!;
      onSend(event);
      publishers[parseInt(event.pubkey.slice(0, 8), 16) % publishers.length]!.publish([event]);
    }
    await sleep(1);
  }
  for (let waited = 0; publishers.some(({ unanswered }) => unanswered > 0); waited++) {
    if (waited > 5_000) throw new Error("events got no OK for five seconds");
    await sleep(1);
  }
}
