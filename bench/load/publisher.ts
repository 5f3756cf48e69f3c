import { Buffer } from "node:buffer";
import type { Client } from "./client.ts";
import type { Prepared } from "./corpus.ts";

/** Where the id begins in `["OK","…`, and how much of it tells events apart here. */
const ID_AT = 7, ID_LENGTH = 16;

const QUOTE = 34, T = 116;

/** Publishes events on one connection and takes their OKs. */
export class Publisher {
  readonly #sent = new Map<string, number>();
  #ok = 0;

  /** @param onOk Called with the milliseconds from sending to OK. */
  constructor(readonly client: Client, readonly onOk: (milliseconds: number) => void) {
    client.onMessage = (bytes, start, end) => {
      if (bytes[start + 2] === 79 /* O */) this.#take(bytes, start, end);
    };
  }

  /** OKs taken. */
  get answered(): number {
    return this.#ok;
  }

  get unanswered(): number {
    return this.#sent.size;
  }

  publish(events: readonly Prepared[]): void {
    const at = performance.now();
    for (const { id } of events) this.#sent.set(id.slice(0, ID_LENGTH), at);
    this.client.write(
      events.length === 1 ? events[0]!.frame : Buffer.concat(events.map(({ frame }) => frame)),
    );
  }

  #take(bytes: Buffer, start: number, end: number): void {
    const key = bytes.toString("latin1", start + ID_AT, start + ID_AT + ID_LENGTH);
    const sent = this.#sent.get(key);
    const verdict = start + ID_AT + 64 + 2;
    if (sent === undefined || bytes[verdict - 2] !== QUOTE || bytes[verdict] !== T) {
      throw new Error(`not the OK that was expected: ${bytes.toString("utf8", start, end)}`);
    }
    this.#sent.delete(key);
    this.#ok++;
    this.onOk(performance.now() - sent);
  }
}
