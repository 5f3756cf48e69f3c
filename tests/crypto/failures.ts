import type { EncodedEvent } from "../../src/protocol/event.ts";
import { fakeEvent } from "../fixtures/events.ts";

/** How `failing_worker.ts` can fail: the first byte of the signature that asks for it. */
export const FAILURES = { refuses: 1, dies: 2, exits: 3, hangs: 4 } as const;

/** An event at which the worker fails. */
export function failing(how: keyof typeof FAILURES): EncodedEvent {
  return fakeEvent({ sig: FAILURES[how].toString(16).padStart(2, "0").padEnd(128, "0") });
}
