import { type Draft, finish, type Made } from "./event.ts";
import { KINDS, type World } from "./kinds.ts";
import { Random, zipf } from "./random.ts";
import type { Author, MakeAuthor } from "./signer.ts";

const AUTHORS = 2_000;

/** The corpus spans so many seconds: a week. */
const SPAN = 7 * 86_400;

/** Notes that later events refer to: most often the newest. */
const REMEMBERED = 4_000;

/** Authors as active as on a real relay, some 25 kinds, sizes lognormal around 1.25 kB on average. */
export function* realistic(makeAuthor: MakeAuthor, events: number, until: number): Generator<string> {
  const random = new Random(1_250);
  const authors = Array.from({ length: AUTHORS }, () => makeAuthor(random.bytes(32)));
  const activity = zipf(random, AUTHORS, 0.9);
  const popularity = zipf(random, AUTHORS, 0.8);
  const notes: Made[] = [];
  const latest = new Map<string, number>();
  const kindAt = kindChooser(random);

  const world: World = {
    random,
    person: () => authors[(popularity() * 7 + 3) % AUTHORS]!.pubkey,
    note: () => notes.at(-1 - Math.floor(notes.length * random.fraction() ** 3)),
  };

  for (let n = 0; n < events; n++) {
    const shape = kindAt();
    const author: Author = shape.oneTimeKey ? makeAuthor(random.bytes(32)) : authors[activity()]!;
    const made = shape.make(world);
    const time = Math.floor(until - SPAN + SPAN * n / events);
    const created_at = shape.replaces
      ? later(
        latest,
        `${shape.kind} ${author.pubkey} ${made.tags[0]?.[0] === "d" ? made.tags[0][1] : ""}`,
        time,
      )
      : time - Math.floor(random.lognormal(10, 2) % 86_400); // some arrive late
    const draft: Draft = { kind: shape.kind, created_at, ...made };
    const event = finish(author, draft);
    if (shape.kind === 1) notes.push(event);
    if (notes.length > 2 * REMEMBERED) notes.splice(0, REMEMBERED);
    yield event.json;
  }
}

/** Versions of one replaceable event come in their order, so that each of them is accepted. */
function later(latest: Map<string, number>, address: string, time: number): number {
  const created_at = Math.max(time, 1 + (latest.get(address) ?? 0));
  latest.set(address, created_at);
  return created_at;
}

function kindChooser(random: Random): () => typeof KINDS[number] {
  const total = KINDS.reduce((sum, { weight }) => sum + weight, 0);
  return () => {
    let left = random.fraction() * total;
    return KINDS.find(({ weight }) => (left -= weight) < 0) ?? KINDS[0]!;
  };
}
