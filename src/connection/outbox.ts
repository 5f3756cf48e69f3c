import { setTimeout as sleep } from "node:timers/promises";
import { asText, type Frames } from "../protocol/message.ts";
import type { Socket } from "./socket.ts";

/** Above so many unsent bytes a connection takes up no new work until its client has read. */
const HIGH_WATER = 256 * 1024;
const LOW_WATER = HIGH_WATER / 4;

/** While so many clients are behind, nobody is sent much at once: each of them may hold two ample pages. */
const MOST_BEHIND = 256;

/** Milliseconds in which a full outbox must come down to `LOW_WATER`: 6 kB/s will do. */
const PATIENCE = 30_000;

/** Hands frames to the socket and knows when the client does not keep up. Both runtimes buffer without limit. */
export class Outbox {
  #fullSince: number | undefined;

  /** @param behind Sockets whose client has not read; this one joins them while that is so. */
  constructor(readonly socket: Socket, readonly behind: Set<Socket>) {}

  write(frames: Frames): void {
    if (this.socket.sendEncoded) this.socket.sendEncoded(frames);
    else this.socket.send(asText(frames));
  }

  /** Whether frames in UTF-8 go to the network as they are. */
  get takesUtf8(): boolean {
    return this.socket.sendEncoded !== undefined;
  }

  get pendingBytes(): number {
    return this.socket.buffered;
  }

  get full(): boolean {
    return this.socket.buffered > HIGH_WATER;
  }

  /** Whether much may be sent at once: the client has taken what it was sent, and so have most others. */
  get ample(): boolean {
    return this.socket.buffered === 0 && this.behind.size < MOST_BEHIND;
  }

  /** Milliseconds since the outbox filled; 0 when it is not full. */
  get stalledFor(): number {
    return this.#fullSince === undefined ? 0 : performance.now() - this.#fullSince;
  }

  /**
   * Waits until the client has read all but `rest` bytes. Answers false when that takes it too long; rejects
   * on abort. It looks again and again, since Deno's sockets tell of no drain.
   */
  async drained(signal: AbortSignal, { rest = LOW_WATER } = {}): Promise<boolean> {
    this.#fullSince = performance.now();
    this.behind.add(this.socket);
    try {
      for (let delay = 2; this.socket.buffered > rest; delay = Math.min(delay * 2, 250)) {
        if (this.stalledFor > PATIENCE) return false;
        await sleep(delay, undefined, { signal });
      }
      this.behind.delete(this.socket); // in any other case when it is closed: Deno keeps what is unsent until then
      return true;
    } finally {
      this.#fullSince = undefined;
    }
  }
}
