import { setImmediate as nextTurn } from "node:timers/promises";

/** The taking side of a channel, as `select` needs it. */
export interface Source<T> {
  readonly size: number;
  take(most: number): T[];
  arm(waker: (() => void) | undefined): void;
}

/** Most messages yielded at once: large enough to spread the cost of a step, small enough for fairness. */
const BATCH = 64;

/** Milliseconds of work after which sockets and timers get a turn: promises alone would keep them out. */
const TIME_SLICE = 5;

/**
 * Yields batches, each from one source, from whichever is ready; the first named first; until the
 * signal aborts. After each time slice one of them in turn goes before the others, so that none starves.
 *
 * It waits for readiness and then takes synchronously. Racing `receive()` promises instead would
 * feed the loser's next value to nobody.
 */
export async function* select<T>(
  signal: AbortSignal,
  ...sources: readonly Source<T>[]
): AsyncGenerator<T[], void, void> {
  let turns = 0;
  let turnEnds = performance.now() + TIME_SLICE;
  while (!signal.aborted) {
    const ready = sources.find((source) => source.size > 0);
    if (ready) {
      yield ready.take(BATCH);
      if (performance.now() < turnEnds) continue;
      await nextTurn();
      const due = sources[turns++ % sources.length]!;
      if (due.size > 0 && !signal.aborted) yield due.take(BATCH);
    } else await wakeup(signal, sources);
    turnEnds = performance.now() + TIME_SLICE;
  }
}

/** Resolves when a source gets an item or the signal aborts; leaves no waker or listener behind. */
export function wakeup<T>(signal: AbortSignal, sources: readonly Source<T>[]): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      signal.removeEventListener("abort", wake);
      for (const source of sources) source.arm(undefined);
      resolve();
    };
    signal.addEventListener("abort", wake, { once: true });
    for (const source of sources) source.arm(wake);
  });
}
