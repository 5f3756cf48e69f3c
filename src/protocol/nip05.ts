import type { NostrEvent } from "./event.ts";
import { isHex64 } from "./hex.ts";

/** What `/.well-known/nostr.json` says (NIP-05). */
export interface NamesDocument {
  readonly names: Readonly<Record<string, string>>;
  /** Of public keys. */
  readonly relays?: Readonly<Record<string, readonly string[]>>;
}

/** NIP-05: the part before the `@` "MUST only use characters a-z0-9-_."; `_` stands for the domain itself. */
export const isLocalPart = (text: string): boolean => /^[a-z0-9\-_.]{1,64}$/.test(text);

/**
 * The document for one name, or, where none is asked for, for all, as a file would have it. With it come the relays
 * of the public keys that it names, where any are known.
 * @param names Public keys by name.
 * @param relays URLs of relays by name.
 */
export function namesDocument(
  names: Readonly<Record<string, string | undefined>>,
  relays: Readonly<Record<string, readonly string[] | undefined>>,
  asked?: string | null,
): NamesDocument {
  const wanted = Object.entries(names).filter(([name]) =>
    asked === undefined || asked === null || name === asked
  );
  const keys = wanted.flatMap(([name, key]) => key === undefined ? [] : [[name, key] as const]);
  const places = keys.flatMap(([name, key]) =>
    Object.hasOwn(relays, name) ? [[key, relays[name]!] as const] : []
  );
  return {
    names: Object.fromEntries(keys),
    ...places.length > 0 && { relays: Object.fromEntries(places) },
  };
}

/** An address such as `bob@example.com`, in lowercase. */
export interface Identifier {
  readonly local: string;
  /** A host name, never an IP address, without a port. */
  readonly domain: string;
}

const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** Whether a text is a host name that anybody might own: in lowercase, with a dot, no IP address. */
export const isDomain = (text: string): boolean => DOMAIN.test(text);

/** What a profile (kind 0) gives as its author's identifier; undefined where it gives none that fits. */
export function identifierOf({ content }: NostrEvent): Identifier | undefined {
  const given = (parsed(content) as { nip05?: unknown } | null | undefined)?.nip05;
  if (typeof given !== "string") return undefined;
  const [local = "", domain = "", ...rest] = given.trim().toLowerCase().split("@");
  return rest.length === 0 && isLocalPart(local) && isDomain(domain) ? { local, domain } : undefined;
}

export const identifierText = ({ local, domain }: Identifier): string => `${local}@${domain}`;

/** The domain of an identifier as text. */
export const domainOf = (identifier: string): string => identifier.slice(identifier.indexOf("@") + 1);

/** Where a server tells to whom the identifier belongs. */
export const namesPath = ({ local }: Identifier): string => `/.well-known/nostr.json?name=${local}`;

/** The public key that a document gives for a name; undefined for none. Null: it is no such document. */
export function namedIn(document: string, local: string): string | undefined | null {
  const names = (parsed(document) as { names?: unknown } | null | undefined)?.names;
  if (typeof names !== "object" || names === null) return null;
  const key = Object.hasOwn(names, local) ? (names as Record<string, unknown>)[local] : undefined;
  return isHex64(key) ? key : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
