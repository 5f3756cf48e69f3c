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
