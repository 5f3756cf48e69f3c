import { setImmediate as nextTurn } from "node:timers/promises";
import { Batcher } from "../flow/batcher.ts";
import type { EncodedEvent, VerifiedEvent } from "../protocol/event.ts";
import type { Engine } from "./engine.ts";
import { records } from "./record.ts";
import type { Verifier } from "./verifier.ts";

/** Signatures between two turns of the event loop: 0.7 ms with the native library, 7 ms with noble. */
const MOST = 16;

/**
 * Verifies on this isolate, where one core is all there is or workers don't exist.
 * @param engine Closed with the verifier.
 */
export function inPlace(engine: Engine): Verifier {
  const batcher = new Batcher<EncodedEvent, boolean>(check, MOST);
  let closed = false;

  async function check(batch: EncodedEvent[]): Promise<boolean[]> {
    if (closed) throw new Error("the verifier is closed");
    const right = engine.check(records(batch.map(({ event }) => event)));
    if (batcher.depth > 0) await nextTurn(); // sockets and timers get theirs
    return Array.from(right, (byte) => byte === 1);
  }

  return {
    description: `${engine.name}, in place`,
    get depth() {
      return batcher.depth;
    },
    async verify(encoded) {
      return await batcher.ask(encoded) ? encoded as VerifiedEvent : undefined;
    },
    close() {
      if (!closed) engine.close();
      closed = true;
    },
  };
}
