import type { Listen } from "./listener.ts";

/** What differs between runtimes and is not the same `node:` module on both. */
export interface Runtime {
  /** Name and version, for the start-up line: "Deno 2.9.6". */
  readonly name: string;
  /** The runtime's native server. */
  readonly listen: Listen;
  /** Whether the `ws` package works here too: `network.websocket = "ws"`. */
  readonly hasWs: boolean;
  /** Whether a file may be read without asking anybody for permission. */
  readonly mayRead: (path: string) => boolean;
  /** Whether threads can be started here; on a host without files they can't. */
  readonly hasThreads: boolean;
}
