import process from "node:process";

/** Milliseconds in which a repeated signal is an echo of the first; `deno task`'s takes less than one. */
const ECHO = 100;

/**
 * Resolves with the first signal to stop; a second one ends the process at once. The same one within an
 * instant is no second: at Ctrl-C `deno task` passes on what the terminal has sent to all.
 */
export function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    let first: { signal: string; at: number } | undefined;
    const on = (signal: string) => {
      const now = performance.now();
      if (first && (signal !== first.signal || now - first.at > ECHO)) process.exit(1);
      first ??= { signal, at: now };
      resolve(signal);
    };
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, on);
  });
}

/** Aborts with the first signal to stop. */
export function abortOnStop(): AbortSignal {
  const stop = new AbortController();
  void stopSignal().then((signal) => stop.abort(new Error(`stopped by ${signal}`)));
  return stop.signal;
}
