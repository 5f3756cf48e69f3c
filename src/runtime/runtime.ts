import type { Listen } from "./listener.ts";

/** What differs between runtimes and is not the same `node:` module on both. */
export interface Runtime {
  /** Name and version, for the start-up line: "Deno 2.9.6". */
  readonly name: string;
  readonly listen: Listen;
  /** Whether a file may be read without asking anybody for permission. */
  readonly mayRead: (path: string) => boolean;
}
