import type { RelayInfo } from "./relay_info.ts";

/** What a relay says of itself beside its NIP-11 document, where others look for relays (NIP-66). */
export interface DiscoveryFacts {
  readonly relayUrl: string;
  /** NIP-66's `T`. */
  readonly relayType?: string | undefined;
  /** NIP-66's `t`. */
  readonly topics?: readonly string[] | undefined;
  /** NIP-52's `g`. */
  readonly geohash?: string | undefined;
  /** Kinds that are accepted, and those that are not; kinds that nobody has spoken of are not among them. */
  readonly kinds: ReadonlyMap<number, boolean>;
}

/** Networks that a host's last label tells, as NIP-66 names them. */
const NETWORKS: ReadonlyMap<string, string> = new Map([["onion", "tor"], ["i2p", "i2p"], ["loki", "loki"]]);

/** The tags of a relay's discovery event. What only somebody outside can measure is not among them. */
export function discoveryTags({ supported_nips, limitation }: RelayInfo, facts: DiscoveryFacts): string[][] {
  const url = new URL(facts.relayUrl); // which normalizes
  const network = NETWORKS.get(url.hostname.split(".").at(-1)!) ?? "clearnet";
  const requirements: [name: string, holds: boolean][] = [
    ["auth", limitation.auth_required],
    ["writes", limitation.restricted_writes],
    ["pow", (limitation.min_pow_difficulty ?? 0) > 0],
    ["payment", limitation.payment_required],
  ];
  const kinds = [...facts.kinds].sort(([a], [b]) => a - b).map(([kind, accepted]) =>
    [String(kind), accepted] as const
  );
  const optional = (name: string, values: readonly (string | undefined)[]) =>
    values.flatMap((value) => value === undefined ? [] : [[name, value]]);
  return [
    ["d", url.href],
    ["n", network],
    ...optional("T", [facts.relayType]),
    ...supported_nips.map((nip) => ["N", String(nip)]),
    ...requirements.map(([name, holds]) => ["R", saying(name, holds)]),
    ...optional("t", facts.topics ?? []),
    ...kinds.map(([kind, accepted]) => ["k", saying(kind, accepted)]),
    ...optional("g", [facts.geohash]),
  ];
}

/** NIP-66: "False values should be specified using a `!` prefix". */
const saying = (what: string, holds: boolean): string => holds ? what : `!${what}`;
