import { type NativeOptions, openNative } from "./native.ts";
import { noble } from "./noble.ts";

/** Checks signatures on the thread it is called on. */
export interface Engine {
  /** For the start-up line. */
  readonly name: string;

  /** Checks records; answers one byte for each in their order: 1 when the signature is right, else 0. */
  check(records: Uint8Array): Uint8Array;

  /** Lets go of the library. No check may follow. */
  close(): void;
}

/** `auto`: native where it works, else noble. */
export type EngineChoice = "auto" | "native" | "noble";

export interface OpenedEngine {
  readonly engine: Engine;
  /** Why `auto` fell back to noble, for the log. */
  readonly warning?: string;
}

/** @throws {Error} when `native` is demanded and the library can't be used; the message says what was tried. */
export function openEngine(choice: EngineChoice, options?: NativeOptions): OpenedEngine {
  if (choice === "noble") return { engine: noble };
  const native = openNative(options);
  if ("engine" in native) return native;
  if (choice === "native") throw new Error(native.missing);
  return { engine: noble, warning: native.missing };
}
