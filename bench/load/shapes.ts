import type { NostrEvent } from "../../src/protocol/event.ts";
import type { Random } from "../corpus/random.ts";
import type { WireFilter } from "./model.ts";

type Make = (stored: readonly NostrEvent[], random: Random) => WireFilter;

/** An event that somebody has just seen: newer ones more often. */
const seen = (stored: readonly NostrEvent[], random: Random) =>
  stored[Math.floor(stored.length * random.fraction() ** 2)]!;

function seenOfKind(stored: readonly NostrEvent[], random: Random, wanted: (event: NostrEvent) => boolean) {
  for (let tries = 0; tries < 10_000; tries++) {
    const event = seen(stored, random);
    if (wanted(event)) return event;
  }
  throw new Error("the corpus has no such event");
}

/** Different authors; the active ones more often, as they are followed more. */
function someAuthors(
  stored: readonly NostrEvent[],
  random: Random,
  wanted: number,
  mayBe: (pubkey: string) => boolean = () => true,
): string[] {
  const chosen = new Set<string>();
  for (let tries = 0; chosen.size < wanted && tries < 20 * wanted; tries++) {
    const { pubkey } = random.anyOf(stored);
    if (mayBe(pubkey)) chosen.add(pubkey);
  }
  return [...chosen];
}

/** Of the newest events, such as an author has none of who has written nothing lately. */
const LATELY = 1_000;

/** Different authors of whom none is among the newest. */
function quietAuthors(stored: readonly NostrEvent[], random: Random, wanted: number): string[] {
  const active = new Set(stored.slice(0, LATELY).map(({ pubkey }) => pubkey));
  return someAuthors(stored, random, wanted, (pubkey) => !active.has(pubkey));
}

/** What somebody asks who follows authors that are chosen so. */
const feedOf = (choose: typeof quietAuthors): Make => (stored, random) => ({
  authors: choose(stored, random, random.whole(100, 500)),
  kinds: [1, 6],
  limit: 100,
});

/** The questions of clients and how many of a hundred are such. */
export const SHAPES: Record<string, { readonly weight: number; readonly make: Make }> = {
  "ids": {
    weight: 15,
    make: (stored, random) => ({
      ids: Array.from({ length: random.whole(1, 20) }, () => seen(stored, random).id),
    }),
  },
  "notes of an author": {
    weight: 13,
    make: (stored, random) => ({ authors: [random.anyOf(stored).pubkey], kinds: [1, 6], limit: 50 }),
  },
  "feed": {
    weight: 25,
    make: feedOf(someAuthors),
  },
  // Like a small circle's on a large relay. Not in the mix, whose corpus has few strangers.
  "feed of the quiet": {
    weight: 0,
    make: feedOf(quietAuthors),
  },
  "profiles": {
    weight: 12,
    make: (stored, random) => ({ authors: someAuthors(stored, random, random.whole(5, 50)), kinds: [0] }),
  },
  "reactions": {
    weight: 10,
    make: (stored, random) => ({
      kinds: [1, 6, 7, 9735],
      "#e": Array.from(
        { length: random.whole(1, 20) },
        () => seenOfKind(stored, random, (e) => e.kind === 1).id,
      ),
    }),
  },
  "notifications": {
    weight: 10,
    make: (stored, random) => ({ "#p": [random.anyOf(stored).pubkey], kinds: [1, 6, 7, 9735], limit: 100 }),
  },
  "recent of a kind": {
    weight: 8,
    make: (_, random) => ({ kinds: [random.anyOf([1, 7, 30023])], limit: 200 }),
  },
  "one address": {
    weight: 7,
    make(stored, random) {
      const { kind, pubkey, tags } = seenOfKind(stored, random, (event) => event.kind === 30023);
      return { kinds: [kind], authors: [pubkey], "#d": [tags[0]![1]!] };
    },
  },
};

/** One question, each shape as often as its weight says. */
export function mix(stored: readonly NostrEvent[], random: Random): WireFilter {
  let left = random.fraction() * Object.values(SHAPES).reduce((sum, { weight }) => sum + weight, 0);
  for (const { weight, make } of Object.values(SHAPES)) {
    if ((left -= weight) < 0) return make(stored, random);
  }
  throw new Error("the weights do not add up");
}
