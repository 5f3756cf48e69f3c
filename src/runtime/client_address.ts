import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";

/** The address of all who come through the relay's Unix socket: proxies on the same machine. */
export const UNIX_PEER = "unix";

/** The header that is read where no other is configured, of peers that can only be proxies. */
const USUAL_HEADER = "x-forwarded-for";

/** The proxies whose word is taken for whom they speak. */
export interface Proxies {
  /** The header in which they name the client, e.g. x-forwarded-for; undefined: nobody's is read. */
  readonly header?: string;
  readonly trusted: BlockList;
}

/**
 * @param networks Addresses, or networks in CIDR notation.
 * @throws When one of them is neither.
 */
export function proxies(networks: readonly string[], header?: string): Proxies {
  const trusted = new BlockList();
  for (const network of networks) {
    const [base = "", bits] = network.split("/");
    const family = isIPv6(base) ? "ipv6" : "ipv4";
    trusted.addSubnet(base, bits === undefined ? (family === "ipv6" ? 128 : 32) : Number(bits), family);
  }
  return { header, trusted };
}

/**
 * The client's address: the socket's, or, when that is a trusted proxy's, the last address in its header
 * that isn't one. Everything further left in the header was written by the client and proves nothing.
 */
export function clientAddress(peer: string, headers: Headers, proxies: Proxies): string {
  const { trusted, header = peer === UNIX_PEER ? USUAL_HEADER : undefined } = proxies;
  let address = plainAddress(peer) ?? peer;
  if (header === undefined || !isTrusted(address, trusted)) return address;
  for (const hop of (headers.get(header) ?? "").split(",").reverse()) {
    const named = plainAddress(hop.trim());
    if (named === undefined) break;
    address = named;
    if (!isTrusted(named, trusted)) break;
  }
  return address;
}

/** Whether this socket's address is one of a trusted proxy; a Unix socket's always is. */
export function isTrusted(peer: string, trusted: BlockList): boolean {
  if (peer === UNIX_PEER) return true;
  const address = plainAddress(peer);
  return address !== undefined && trusted.check(address, isIPv4(address) ? "ipv4" : "ipv6");
}

/** Whether an address is this machine's own, a Unix socket's among them: of 127.0.0.0/8, or ::1. */
export function isLoopback(address: string): boolean {
  if (address === UNIX_PEER) return true;
  const plain = plainAddress(address);
  return plain !== undefined && (plain.startsWith("127.") || plain === "::1");
}

/**
 * Whom a limit counts an address for: an IPv6 one for its /64, all of which one customer gets; a loopback one
 * for nobody, since those are proxies or tests.
 */
export function countedAs(address: string): string | undefined {
  if (isLoopback(address)) return undefined;
  return isIPv6(address) ? `${groups(address).slice(0, 4).join(":")}::/64` : address;
}

/** The same of an address that somebody wrote; undefined too for what is none. */
export function partyOf(text: string): string | undefined {
  const address = plainAddress(text);
  return address === undefined ? undefined : countedAs(address);
}

/** The eight groups of an IPv6 address in its shortest form. */
function groups(address: string): string[] {
  const [left, right = []] = address.split("::").map((part) => part.split(":").filter(Boolean));
  return [...left!, ...Array<string>(8 - left!.length - right.length).fill("0"), ...right];
}

/**
 * One spelling for each address, so that limits count it once: no port, no brackets, no zone, IPv6 in its
 * shortest form, an IPv4 address inside IPv6 as IPv4. Undefined for what is no address.
 */
function plainAddress(text: string): string | undefined {
  const [, bracketed, , v4] = /^(?:\[([^\]]*)\](:\d+)?|([\d.]+)(?::\d+)?)$/.exec(text) ?? [];
  const bare = (bracketed ?? v4 ?? text).replace(/%.*$/, "");
  if (isIP(bare) !== 6) return isIPv4(bare) ? bare : undefined;
  const short = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(short);
  if (!mapped) return short;
  const [high, low] = [parseInt(mapped[1]!, 16), parseInt(mapped[2]!, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
