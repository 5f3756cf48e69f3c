import type { Channel } from "./channel.ts";

/** Most messages yielded at once: large enough to spread the cost of a step, small enough for fairness. */
const BATCH = 64;

/**
 * Yields batches from whichever channel is ready, the first named first, until the signal aborts.
 *
 * It waits for readiness and then takes synchronously. Racing `receive()` promises instead would
 * feed the loser's next value to nobody.
 */
export async function* select<T>(
  signal: AbortSignal,
  ...channels: readonly Channel<T>[]
): AsyncGenerator<T[], void, void> {
  while (!signal.aborted) {
    const ready = channels.find((channel) => channel.size > 0);
    if (ready) yield ready.take(BATCH);
    else await wakeup(signal, channels);
  }
}

/** Resolves when a channel gets an item or the signal aborts; leaves no waker or listener behind. */
function wakeup<T>(signal: AbortSignal, channels: readonly Channel<T>[]): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      signal.removeEventListener("abort", wake);
      for (const channel of channels) channel.arm(undefined);
      resolve();
    };
    signal.addEventListener("abort", wake, { once: true });
    for (const channel of channels) channel.arm(wake);
  });
}
