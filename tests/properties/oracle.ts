import type { NostrEvent } from "../../src/protocol/event.ts";
import type { Filter } from "../../src/protocol/filter.ts";

/**
 * A repository as the NIPs describe it, with no thought for speed: one list, plain loops, and none of the
 * code under test.
 */
export class Oracle {
  stored: NostrEvent[] = [];
  /** Requests that were accepted, kept when the events themselves have expired. */
  #requests: NostrEvent[] = [];
  readonly #vanished: NostrEvent[] = [];

  constructor(readonly prefixes = false) {}

  save(event: NostrEvent): string {
    if (this.#vanished.some((request) => takesAlong(request, event))) return "vanished";
    const known = this.#vanished.filter(({ pubkey }) => event.kind === 62 && pubkey === event.pubkey);
    if (known.some(({ created_at }) => created_at > event.created_at)) return "superseded";
    if (this.stored.some(({ id }) => id === event.id)) return "duplicate";
    if (this.#requests.some((request) => deletes(request, event))) return "deleted";
    const others = this.stored.filter((other) => sameAddress(other, event));
    if (others.some((other) => isNewer(other, event))) return "superseded";
    this.stored = this.stored.filter((other) => !others.includes(other));
    this.stored.push(event);
    if (event.kind === 5) {
      this.#requests.push(event);
      this.stored = this.stored.filter((other) => !deletes(event, other));
    }
    if (event.kind === 62) {
      this.#vanished.push(event);
      const older = known.filter(({ created_at }) => created_at < event.created_at);
      this.stored = this.stored.filter((other) => !older.includes(other));
      this.#requests = this.#requests.filter((other) => !takesAlong(event, other));
      this.stored = this.stored.filter((other) => !takesAlong(event, other));
    }
    return "stored";
  }

  find(filters: readonly Filter[], now: number): string[] {
    const found = new Set<NostrEvent>();
    for (const filter of filters) {
      const passing = this.#ordered(now).filter((event) => this.#passes(event, filter));
      for (const event of passing.slice(0, filter.limit ?? passing.length)) found.add(event);
    }
    return this.#ordered(now).filter((event) => found.has(event)).map(({ id }) => id);
  }

  /** Whether an event passes that the limits leave out. */
  leavesOut(filters: readonly Filter[], now: number): boolean {
    return this.find(filters, now).length < this.count(filters, now);
  }

  count(filters: readonly Filter[], now: number): number {
    return this.#ordered(now).filter((event) => filters.some((filter) => this.#passes(event, filter))).length;
  }

  /** NIP-45, bit by bit. */
  registers(filters: readonly Filter[], now: number, offset: number): Uint8Array {
    const registers = new Uint8Array(256);
    for (const event of this.#ordered(now)) {
      if (!filters.some((filter) => this.#passes(event, filter))) continue;
      const bytes = event.pubkey.match(/../g)!.slice(offset).map((digits) => parseInt(digits, 16));
      const bits = bytes.slice(1).map((byte) => byte.toString(2).padStart(8, "0")).join("");
      const zeros = /^0*/.exec(bits)![0].length;
      registers[bytes[0]!] = Math.max(registers[bytes[0]!]!, zeros + 1);
    }
    return registers;
  }

  removeExpired(now: number): number {
    const before = this.stored.length;
    this.stored = this.stored.filter((event) => !isExpired(event, now));
    return before - this.stored.length;
  }

  #ordered(now: number): NostrEvent[] {
    return this.stored.filter((event) => !isExpired(event, now))
      .sort((a, b) => a.created_at !== b.created_at ? b.created_at - a.created_at : a.id < b.id ? -1 : 1);
  }

  #passes(event: NostrEvent, filter: Filter): boolean {
    const named = (list: readonly string[], value: string) =>
      list.some((item) => this.prefixes ? value.startsWith(item) : value === item);
    if (filter.ids && !named(filter.ids, event.id)) return false;
    if (filter.authors && !named(filter.authors, event.pubkey)) return false;
    if (filter.kinds && !filter.kinds.some((kind) => kind === event.kind)) return false;
    if (filter.since !== undefined && event.created_at < filter.since) return false;
    if (filter.until !== undefined && event.created_at > filter.until) return false;
    for (const { name, values } of filter.tags ?? []) {
      const held = event.tags.filter((tag) => tag[0] === name && tag.length >= 2).map((tag) => tag[1]);
      if (!held.some((value) => values.some((wanted) => wanted === value))) return false;
    }
    if (filter.privacy && [...filter.privacy.kinds].includes(event.kind)) {
      const readers = [...filter.privacy.readers];
      const concerned = event.tags.filter((tag) => tag[0] === "p").map((tag) => tag[1]);
      return [event.pubkey, ...concerned].some((each) => readers.some((reader) => reader === each));
    }
    return true;
  }
}

/** NIP-01: `kind:pubkey:d` of what is kept in one version only. */
function addressOf({ kind, pubkey, tags }: NostrEvent): string | undefined {
  if (kind === 0 || kind === 3 || (kind >= 10_000 && kind <= 19_999)) return `${kind}:${pubkey}:`;
  if (kind < 30_000 || kind > 39_999) return undefined;
  for (const tag of tags) if (tag[0] === "d") return `${kind}:${pubkey}:${tag.length > 1 ? tag[1] : ""}`;
  return `${kind}:${pubkey}:`;
}

function sameAddress(a: NostrEvent, b: NostrEvent): boolean {
  return addressOf(a) !== undefined && addressOf(a) === addressOf(b);
}

/** NIP-01: the later one; of the same second, the one with the lower id. */
function isNewer(a: NostrEvent, b: NostrEvent): boolean {
  return a.created_at > b.created_at || (a.created_at === b.created_at && a.id < b.id);
}

/** Its author's; a gift wrap is its recipients' as well (NIP-59). */
function isOf(pubkey: string, event: NostrEvent): boolean {
  if (event.pubkey === pubkey) return true;
  return event.kind === 1_059 && event.tags.some((tag) => tag[0] === "p" && tag[1] === pubkey);
}

/** NIP-62. */
function takesAlong(request: NostrEvent, event: NostrEvent): boolean {
  return event.kind !== 62 && event.created_at <= request.created_at && isOf(request.pubkey, event);
}

/** NIP-09. */
function deletes(request: NostrEvent, event: NostrEvent): boolean {
  if (event.kind === 5 || event.kind === 62 || !isOf(request.pubkey, event)) return false;
  return request.tags.some((tag) =>
    (tag[0] === "e" && tag[1] === event.id) ||
    (tag[0] === "a" && tag[1] !== undefined && tag[1] === addressOf(event) &&
      event.created_at <= request.created_at)
  );
}

/** NIP-40. */
function isExpired({ kind, tags }: NostrEvent, now: number): boolean {
  if (kind === 62) return false;
  for (const tag of tags) if (tag[0] === "expiration") return Number(tag[1]) <= now;
  return false;
}
