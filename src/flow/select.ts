import { setImmediate as nextTurn } from "node:timers/promises";

/** The taking side of a channel, as `select` needs it. */
export interface Source<T> {
  readonly size: number;
  take(most: number): T[];
  /** Called with a waker by who goes to sleep, and with undefined once they are awake. */
  arm(waker: Waker | undefined): void;
}

/** Whom to tell that a source has something. */
export interface Waker {
  wake(): void;
}

/** Most messages yielded at once: large enough to spread the cost of a step, small enough for fairness. */
export const BATCH = 64;

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
  const bell = new Bell(signal, sources);
  let turns = 0;
  let turnEnds = performance.now() + TIME_SLICE;
  try {
    while (!signal.aborted) {
      const ready = sources.find(hasSome);
      if (ready) {
        yield ready.take(BATCH);
        if (performance.now() < turnEnds) continue;
        await nextTurn();
        const due = sources[turns++ % sources.length]!;
        if (due.size > 0 && !signal.aborted) yield due.take(BATCH);
      } else await bell.rung();
      turnEnds = performance.now() + TIME_SLICE;
    }
  } finally {
    bell[Symbol.dispose](); // by hand: what `using` keeps is much, for as long as each connection lasts
  }
}

const hasSome = ({ size }: Source<unknown>): boolean => size > 0;

/** Resolves when a source gets an item or the signal aborts; leaves no waker or listener behind. */
export async function wakeup<T>(signal: AbortSignal, sources: readonly Source<T>[]): Promise<void> {
  if (signal.aborted) return; // that would ring no bell any more
  using bell = new Bell(signal, sources);
  await bell.rung();
}

/**
 * Wakes one sleeper when a source gets an item or the signal aborts. It listens to the signal for many sleeps: a listener
 * put up and taken down for each would cost more than all the rest of a wake-up.
 */
class Bell<T> implements Waker, EventListenerObject, Disposable {
  #awake: (() => void) | undefined;

  constructor(readonly signal: AbortSignal, readonly sources: readonly Source<T>[]) {
    signal.addEventListener("abort", this);
  }

  /** Sleeps until the next ring: look first whether there is something already. */
  rung(): Promise<void> {
    for (const source of this.sources) source.arm(this);
    return new Promise((resolve) => this.#awake = resolve);
  }

  wake(): void {
    for (const source of this.sources) source.arm(undefined);
    this.#awake?.();
    this.#awake = undefined;
  }

  /** The signal aborts. */
  handleEvent(): void {
    this.wake();
  }

  [Symbol.dispose](): void {
    this.signal.removeEventListener("abort", this);
  }
}
