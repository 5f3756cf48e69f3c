import type { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { GROUPS } from "../corpus/live.ts";
import type { Client } from "./client.ts";
import { lines } from "./corpus.ts";
import type { WireFilter } from "./model.ts";

/** Subscriptions to one group that an event of it passes, each by another of its marks. */
const MARKS = ["author", "e", "p"] as const;

/** The filters by which a group of the live corpus is subscribed to. */
export function groupFilters(corpus: string): WireFilter[][] {
  return Array.from(lines(corpus, 0, GROUPS), (line) => {
    const { pubkey, tags } = JSON.parse(line.toString());
    const filters = {
      author: { authors: [pubkey], kinds: [1] },
      e: { "#e": [tags[0][1]] },
      p: { "#p": [tags[1][1]] },
    };
    return MARKS.map((mark) => ({ ...filters[mark], limit: 0 }));
  });
}

/** A filter that no event of the corpus passes. */
export function fruitless(n: number): WireFilter {
  const nobody = randomBytes(32).toString("hex");
  if (n % 3 === 0) return { authors: [nobody], kinds: [1], limit: 0 };
  return n % 3 === 1 ? { "#e": [nobody], limit: 0 } : { "#p": [nobody], limit: 0 };
}

/** Opens filter n on client n % clients, and resolves when each has had its EOSE. */
export async function subscribe(clients: readonly Client[], filters: readonly WireFilter[]): Promise<void> {
  const shares = clients.map((_, at) => filters.filter((_, n) => n % clients.length === at));
  await Promise.all(clients.map((client, at) => subscribeOne(client, shares[at]!)));
}

/** As many REQs as are asked for on one connection before the first is answered. */
const AT_ONCE = 16;

function subscribeOne(client: Client, filters: readonly WireFilter[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let asked = 0, open = 0;
    const ask = () => {
      if (asked < filters.length) client.send("REQ", `s${asked}`, filters[asked++]);
    };
    client.onMessage = (bytes, start, end) => {
      if (bytes[start + 2] === 65 /* "A */) return;
      if (bytes[start + 3] !== 79 /* "EO */) return reject(new Error(bytes.toString("utf8", start, end)));
      if (++open === filters.length) resolve();
      else ask();
    };
    for (let n = 0; n < AT_ONCE; n++) ask();
    if (filters.length === 0) resolve();
  });
}

/** Takes live events on all clients until as many have come as must. */
export class Deliveries {
  received = 0;
  #done: (() => void) | undefined;

  /** @param onEvent Called with the id of each; without it, ids are not read, which is cheaper. */
  constructor(
    clients: readonly Client[],
    readonly expected: number,
    readonly onEvent?: (id: string) => void,
  ) {
    for (const client of clients) {
      client.onMessage = (bytes, start, end) => this.#take(bytes, start, end);
    }
  }

  /** Rejects when nothing more comes though something must. */
  complete(patience = 10_000): Promise<void> {
    return new Promise((resolve, reject) => {
      let before = -1;
      const check = setInterval(() => {
        if (this.received === before) {
          clearInterval(check);
          reject(new Error(`${this.received} of ${this.expected} deliveries came`));
        }
        before = this.received;
      }, patience);
      this.#done = () => {
        clearInterval(check);
        if (this.received > this.expected) reject(new Error("more was delivered than was subscribed to"));
        else resolve();
      };
      if (this.received >= this.expected) this.#done();
    });
  }

  #take(bytes: Buffer, start: number, end: number): void {
    if (bytes[start + 3] !== 86 /* "EV */) throw new Error(bytes.toString("utf8", start, end));
    this.received++;
    if (this.onEvent) {
      const at = bytes.indexOf('"id":"', start) + 6;
      this.onEvent(bytes.toString("latin1", at, at + 64));
    }
    if (this.received === this.expected) this.#done?.();
  }
}
