import type { EncodedEvent, VerifiedEvent } from "../protocol/event.ts";
import type { Engine } from "./engine.ts";
import { records } from "./record.ts";
import type { Verifier } from "./verifier.ts";

/**
 * Milliseconds without a signature after which the next is checked on this isolate. A thread would cost it a
 * trip there and back, longer than the check, of which this isolate's own part is no shorter; and so seldom, checks take a
 * fifth of this isolate's time at most.
 */
const CALM = 0.25;

/**
 * Sends signatures to a pool, except those that come alone in calm times: these are checked at once.
 * @param engine Closed with the verifier. Must be fast, as the native one is.
 * @param clock Milliseconds.
 */
export function calmInPlace(engine: Engine, pool: Verifier, clock = () => performance.now()): Verifier {
  let last = -Infinity;
  let underWay = 0;
  let closed = false;
  return {
    description: pool.description,
    get depth() {
      return pool.depth;
    },
    async verify(encoded: EncodedEvent): Promise<VerifiedEvent | undefined> {
      const now = clock();
      const isCalm = now - last >= CALM;
      last = now;
      // Nobody overtakes: a client's deletion request must not arrive before the event it names.
      if (isCalm && underWay === 0 && !closed) {
        const [right] = engine.check(records([encoded.event]));
        return right === 1 ? encoded as VerifiedEvent : undefined;
      }
      underWay++;
      try {
        return await pool.verify(encoded);
      } finally {
        underWay--;
      }
    },
    close() {
      if (!closed) engine.close();
      closed = true;
      pool.close();
    },
  };
}
