import { calmInPlace } from "./calm.ts";
import { type EngineChoice, openEngine } from "./engine.ts";
import { inPlace } from "./in_place.ts";
import { noble } from "./noble.ts";
import { openPool } from "./pool.ts";
import type { OpenedVerifier } from "./verifier.ts";

export interface VerifierOptions {
  /** Worker threads; 0 verifies in place. Undefined: as many as pay on this machine. */
  readonly threads: number | undefined;
  readonly engine: EngineChoice;
}

/**
 * Opens the verifier; its engine has passed the self-test then. Where workers don't start it verifies in
 * place, and a warning says why.
 * Rejects when `native` is demanded and can't be had; the message says what was tried.
 */
export async function createVerifier(options: VerifierOptions): Promise<OpenedVerifier> {
  const opened = openEngine(options.engine);
  const isNoble = opened.engine === noble;
  const threads = options.threads ?? defaultThreads(navigator.hardwareConcurrency, isNoble);
  const warnings = opened.warning ? [opened.warning] : [];
  if (threads === 0) return Object.assign(inPlace(opened.engine), { warnings });
  try {
    const pool = await openPool({ threads, engine: isNoble ? "noble" : "native" });
    return Object.assign(isNoble ? pool : calmInPlace(opened.engine, pool), { warnings });
  } catch (error) {
    const noThread = `signatures are checked in place, for no thread starts: ${(error as Error).message}`;
    return Object.assign(inPlace(opened.engine), { warnings: [...warnings, noThread] });
  }
}

/**
 * None on one core, where there is no room beside the main isolate. One checks more with the native library
 * than that isolate can feed it; noble gets one for every two cores, at most 4. Each takes 4 MB (Bun) to 13 MB (Deno).
 */
export function defaultThreads(cores: number, isNoble: boolean): number {
  return Math.min(Math.floor(cores / 2), isNoble ? 4 : 1);
}
