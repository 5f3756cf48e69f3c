import { finish } from "./event.ts";
import { Random } from "./random.ts";
import type { MakeAuthor } from "./signer.ts";
import { prose } from "./text.ts";

/** Characters of each event's content, beside which its JSON has 487 bytes. */
const CONTENT = 113;
const AUTHORS = 2_000;

/** Notes of 600 bytes that name one earlier event and one author. */
export function* small(makeAuthor: MakeAuthor, events: number, until: number): Generator<string> {
  const random = new Random(600);
  const authors = Array.from({ length: AUTHORS }, () => makeAuthor(random.bytes(32)));
  const ids: string[] = [];
  for (let n = 0; n < events; n++) {
    const tags = [["e", n > 0 ? random.anyOf(ids) : random.bytes(32).toHex()], [
      "p",
      random.anyOf(authors).pubkey,
    ]];
    const created_at = until - events + n;
    const content = prose(random, 2 * CONTENT).replace(/[^ -~]|["\\]/g, "x").slice(0, CONTENT);
    const made = finish(random.anyOf(authors), { kind: 1, created_at, tags, content });
    ids.push(made.id);
    yield made.json;
  }
}
