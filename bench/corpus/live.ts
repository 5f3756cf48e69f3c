import { finish } from "./event.ts";
import { Random } from "./random.ts";
import type { MakeAuthor } from "./signer.ts";
import { prose } from "./text.ts";

/** Event n belongs to group n % GROUPS: one author, one `e` and one `p` value, to subscribe to. */
export const GROUPS = 50;

/** Notes for subscribers; nobody in them occurs in the other corpora. */
export function* live(makeAuthor: MakeAuthor, events: number, until: number): Generator<string> {
  const random = new Random(20);
  const groups = Array.from({ length: GROUPS }, () => ({
    author: makeAuthor(random.bytes(32)),
    tags: [["e", random.bytes(32).toHex()], ["p", random.bytes(32).toHex()]],
  }));
  for (let n = 0; n < events; n++) {
    const { author, tags } = groups[n % GROUPS]!;
    const content = `${n} ${prose(random, 100)}`;
    yield finish(author, { kind: 1, created_at: until - events + n, tags, content }).json;
  }
}
