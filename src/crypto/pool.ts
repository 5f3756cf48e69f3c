import { Batcher } from "../flow/batcher.ts";
import type { EncodedEvent, VerifiedEvent } from "../protocol/event.ts";
import type { EngineChoice } from "./engine.ts";
import { Thread } from "./thread.ts";
import type { Verifier } from "./verifier.ts";

/** Most signatures in a batch: spreads the price of a message; with more, writer and verifier would wait for each other. */
const MOST = 64;

/** Batches that a thread has at once: while it checks one, the next is on its way. */
const AHEAD = 2;

export interface PoolOptions {
  /** 1 or more. */
  readonly threads: number;
  readonly engine: EngineChoice;
  /** What the threads run; a test's own, say, that dies. */
  readonly script?: URL;
}

/**
 * Verifies on worker threads. When a thread fails, the verifications that it had reject, and the next
 * batch starts another in its place.
 * Rejects when a thread can't be started or the engine can't be had.
 */
export async function openPool(options: PoolOptions): Promise<Verifier> {
  const { script = new URL("./verifier_worker.ts", import.meta.url) } = options;
  const threads = Array.from({ length: options.threads }, () => new Thread(options.engine, script));
  const batcher = new Batcher<EncodedEvent, boolean>(check, MOST, threads.length * AHEAD);
  let closed = false;

  async function check(batch: EncodedEvent[]): Promise<boolean[]> {
    if (closed) throw new Error("the verifier is closed");
    const idlest = threads.reduce((a, b) => b.underWay < a.underWay ? b : a);
    return await idlest.check(batch.map(({ event }) => event));
  }

  function close(): void {
    closed = true;
    for (const thread of threads) thread.stop();
  }

  try {
    const [name] = await Promise.all(threads.map((thread) => thread.start()));
    return {
      description: `${name}, ${threads.length} ${threads.length === 1 ? "thread" : "threads"}`,
      get depth() {
        return batcher.depth;
      },
      async verify(encoded) {
        return await batcher.ask(encoded) ? encoded as VerifiedEvent : undefined;
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
