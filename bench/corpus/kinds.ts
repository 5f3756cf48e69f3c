import type { Made } from "./event.ts";
import type { Random } from "./random.ts";
import { cipher, prose } from "./text.ts";

/** What the making of an event draws from. */
export interface World {
  readonly random: Random;
  /** A public key, popular ones more often. */
  person(): string;
  /** An earlier note, newer ones more often. */
  note(): Made | undefined;
}

type Body = { tags: string[][]; content: string };

export interface Kind {
  readonly kind: number;
  readonly weight: number;
  readonly replaces?: boolean;
  /** Signed by a key that is used once (NIP-59). */
  readonly oneTimeKey?: boolean;
  make(world: World): Body;
}

function people({ random, person }: World, least: number, most: number): string[][] {
  const named = new Set<string>();
  for (const wanted = random.whole(least, most); named.size < wanted;) named.add(person());
  return [...named].map((pubkey) => ["p", pubkey]);
}

const reference = (world: World) => {
  const note = world.note();
  return note ? [["e", note.id], ["p", note.pubkey]] : [];
};

function note(world: World): Body {
  const { random } = world;
  const tags = random.chance(0.5) ? reference(world) : [];
  if (random.chance(0.3)) tags.push(...people(world, 1, 3));
  if (random.chance(0.2)) {
    tags.push(["t", random.anyOf(["nostr", "giraffe", "coffee", "relay", "photo", "gm"])]);
  }
  return { tags, content: prose(random, Math.min(20_000, random.lognormal(270, 1.1))) };
}

const reaction = (world: World): Body => ({
  tags: reference(world),
  content: world.random.anyOf(["+", "🤙", "❤️"]),
});

function repost(world: World): Body {
  const reposted = world.note();
  return { tags: reference(world).slice(0, 2), content: reposted?.json ?? "" };
}

function zap(world: World): Body {
  const { random } = world;
  const tags = reference(world);
  const description = JSON.stringify({
    kind: 9734,
    tags,
    content: prose(random, 30),
    sig: random.bytes(64).toHex(),
  });
  tags.push(["P", world.person()], ["bolt11", `lnbc${cipher(random, 300)}`], ["description", description]);
  return { tags, content: "" };
}

function encrypted(world: World): Body {
  return { tags: [["p", world.person()]], content: cipher(world.random, world.random.lognormal(900, 0.5)) };
}

function profile({ random }: World): Body {
  const about = prose(random, random.lognormal(120, 0.7));
  const content = {
    name: prose(random, 8),
    about,
    picture: "https://example.com/p.jpg",
    lud16: "a@example.com",
  };
  return { tags: [], content: JSON.stringify(content) };
}

const follows = (world: World): Body => ({ tags: people(world, 50, 500), content: "" });
const list = (world: World): Body => ({ tags: people(world, 3, 30), content: "" });

const relays = ({ random }: World): Body => ({
  tags: Array.from({ length: random.whole(2, 10) }, (_, n) => ["r", `wss://relay${n}.example.com/`]),
  content: "",
});

function addressed(median: number) {
  return ({ random }: World): Body => ({
    tags: [["d", `${random.whole(1, 5)}`], ["title", prose(random, 40)], ["published_at", "1700000000"]],
    content: prose(random, Math.min(30_000, random.lognormal(median, 0.7))),
  });
}

/** Kinds and how often each occurs in a thousand events. */
export const KINDS: readonly Kind[] = [
  { kind: 1, weight: 420, make: note },
  { kind: 7, weight: 230, make: reaction },
  { kind: 6, weight: 50, make: repost },
  { kind: 9735, weight: 60, make: zap },
  { kind: 1059, weight: 50, make: encrypted, oneTimeKey: true },
  { kind: 0, weight: 30, make: profile, replaces: true },
  { kind: 3, weight: 20, make: follows, replaces: true },
  { kind: 10002, weight: 20, make: relays, replaces: true },
  { kind: 30023, weight: 10, make: addressed(3_000), replaces: true },
  { kind: 1111, weight: 20, make: note },
  { kind: 4, weight: 15, make: encrypted },
  { kind: 30078, weight: 10, make: addressed(400), replaces: true },
  { kind: 16, weight: 8, make: repost },
  { kind: 1984, weight: 5, make: reaction },
  { kind: 20, weight: 7, make: note },
  { kind: 42, weight: 7, make: note },
  { kind: 1063, weight: 5, make: note },
  { kind: 1311, weight: 6, make: note },
  { kind: 9802, weight: 4, make: note },
  { kind: 10000, weight: 4, make: list, replaces: true },
  { kind: 10050, weight: 4, make: relays, replaces: true },
  { kind: 10003, weight: 3, make: relays, replaces: true },
  { kind: 30000, weight: 4, make: list, replaces: true },
  { kind: 30311, weight: 4, make: addressed(300), replaces: true },
  { kind: 31923, weight: 4, make: addressed(500), replaces: true },
];
