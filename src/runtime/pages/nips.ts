/** Titles of the NIPs that a relay may support, for people. */
const TITLES: ReadonlyMap<number, string> = new Map([
  [1, "Basic protocol"],
  [5, "Names under a domain"],
  [9, "Deletion requests"],
  [11, "Relay information"],
  [13, "Proof of work"],
  [17, "Private direct messages"],
  [40, "Expiration"],
  [42, "Authentication"],
  [43, "Membership"],
  [45, "Counting"],
  [50, "Search"],
  [59, "Gift wraps"],
  [62, "Requests to vanish"],
  [66, "Relay discovery"],
  [67, "Completeness of answers"],
  [70, "Protected events"],
  [77, "Comparing events"],
  [86, "Management by operators"],
  [98, "Signed requests"],
]);

export interface Nip {
  /** Two digits, as NIPs are cited. */
  readonly number: string;
  readonly title?: string;
  readonly url: string;
}

export function nip(number: number): Nip {
  const digits = String(number).padStart(2, "0");
  return {
    number: digits,
    title: TITLES.get(number),
    url: `https://github.com/nostr-protocol/nips/blob/master/${digits}.md`,
  };
}
