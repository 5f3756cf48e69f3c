import type { Libc } from "./libc_deno.ts";

/** Who is at the other end of a TCP connection. */
export interface Peer {
  readonly hostname: string;
  readonly port: number;
}

/** From Linux's headers. */
const AF_INET = 2, AF_INET6 = 10;

/** Of an address, at most: a `sockaddr_in6`. */
const ADDRESS_BYTES = 28;

/** Numbers in a row that may lead nowhere, files and the like, before the search begins again at the lowest. */
const GAP = 256;

/** Descriptors that are looked at for one connection, at most: each takes a fifth of a microsecond. */
const MOST_LOOKS = 4_096;

/**
 * Finds the descriptors of connections, which the runtime keeps to itself. It goes round and round all that nobody
 * has taken, and remembers where others lead that it comes by: of many new connections at once, each is looked at once
 * or twice.
 */
export class Descriptors {
  readonly #address = new Uint8Array(ADDRESS_BYTES);
  readonly #fields = new DataView(this.#address.buffer);
  readonly #length = new Uint8Array(4);
  readonly #taken: boolean[] = [];
  /** Where the search goes on. */
  #next = 0;
  /** The highest that has led anywhere. */
  #highest = 0;
  /** By the port that they lead to, those come by since the search began at the lowest. */
  readonly #seen = new Map<number, number[]>();

  constructor(readonly libc: Pick<Libc, "getpeername">) {}

  /** Finds that of a connection, which has it until it is given back; undefined when it takes too long. */
  take(peer: Peer): number | undefined {
    for (const descriptor of this.#seen.get(peer.port) ?? []) {
      if (!this.#taken[descriptor] && this.#leadsTo(peer, descriptor)) return this.#claim(descriptor);
    }
    let looks = 0;
    for (let steps = 0; steps <= this.#highest + GAP && looks < MOST_LOOKS; steps++) {
      const descriptor = this.#advance();
      if (this.#taken[descriptor]) continue;
      looks++;
      if (this.#leadsTo(peer, descriptor)) return this.#claim(descriptor);
    }
  }

  giveBack(descriptor: number): void {
    this.#taken[descriptor] = false;
  }

  #claim(descriptor: number): number {
    this.#taken[descriptor] = true;
    this.#highest = Math.max(this.#highest, descriptor);
    return descriptor;
  }

  #advance(): number {
    if (this.#next > this.#highest + GAP) {
      this.#next = 0;
      this.#seen.clear();
    }
    return this.#next++;
  }

  #leadsTo({ hostname, port }: Peer, descriptor: number): boolean {
    this.#length[0] = ADDRESS_BYTES;
    if (this.libc.getpeername(descriptor, this.#address, this.#length) !== 0) return false;
    const family = this.#fields.getUint16(0, true); // our platforms keep a number's lowest byte first
    if (family !== AF_INET && family !== AF_INET6) return false;
    const other = this.#fields.getUint16(2);
    if (other === port && this.#host(family) === canonical(hostname)) return true;
    this.#highest = Math.max(this.#highest, descriptor);
    const seen = this.#seen.get(other);
    if (!seen) this.#seen.set(other, [descriptor]);
    else if (!seen.includes(descriptor)) seen.push(descriptor);
    return false;
  }

  /** As `canonical` has it. */
  #host(family: number): string | undefined {
    if (family === AF_INET) return canonical(this.#address.subarray(4, 8).join("."));
    const groups = Array.from({ length: 8 }, (_, n) => this.#fields.getUint16(8 + 2 * n).toString(16));
    return canonical(groups.join(":"));
  }
}

/** One spelling for each address. */
const canonical = (address: string): string | undefined =>
  URL.parse(`http://${address.includes(":") ? `[${address}]` : address}`)?.hostname;
