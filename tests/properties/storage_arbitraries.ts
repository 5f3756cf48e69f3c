import { hash } from "node:crypto";
import fc from "fast-check";
import type { NostrEvent, VerifiedEvent } from "../../src/protocol/event.ts";
import type { Filter, TagCondition } from "../../src/protocol/filter.ts";
import { Privacy } from "../../src/protocol/privacy.ts";
import { fakeEvent } from "../fixtures/events.ts";

/*
 * Few values of everything, so that events meet: same seconds, same authors, same addresses. Ids and public
 * keys share beginnings of 12 digits and more, on which an index by part of them must not rely.
 */
const HEADS = ["000000000000", "00000000000f", "7fffffffffff", "800000000000", "ffffffffffff"];
const PUBKEYS = ["0".repeat(64), `${"0".repeat(63)}1`, `${"0".repeat(11)}1${"0".repeat(52)}`, "f".repeat(64)];
const KINDS = [0, 1, 1, 5, 5, 7, 1_059, 1_059, 10_002, 30_000, 30_001];
const WORDS = ["", "x", "y:z", 'q"uote'];

const pubkey = fc.constantFrom(...PUBKEYS);
const kind = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom(...KINDS) },
  { weight: 1, arbitrary: fc.constant(62) }, // which leaves little to look at
);
const second = fc.integer({ min: 0, max: 6 });
const word = fc.constantFrom(...WORDS);
const address = fc.tuple(fc.constantFrom(0, 1, 10_002, 30_000, 30_001), pubkey, fc.constantFrom("", ...WORDS))
  .map((parts) => parts.join(":"));

/** A tag whose value is a number names the event with that number, among those made before. */
const tag: fc.Arbitrary<[string, ...(string | number)[]]> = fc.oneof(
  fc.tuple(fc.constant("e"), fc.nat(30)),
  fc.tuple(fc.constant("e"), fc.nat(30)),
  fc.tuple(fc.constant("a"), address),
  fc.tuple(fc.constantFrom("p", "P"), pubkey),
  fc.tuple(fc.constantFrom("d", "d", "t", "T", "alt"), word),
  fc.tuple(fc.constant("t"), word, word),
  fc.tuple(fc.constant("expiration"), second.map(String)),
  fc.constantFrom<[string]>(["d"], ["t"]),
);

const draft = fc.record({
  head: fc.constantFrom(...HEADS),
  pubkey,
  created_at: second,
  kind,
  tags: fc.array(tag, { maxLength: 4 }),
  content: fc.constantFrom("", "1"),
});

/** Events, each of which may name those before it. */
export const events: fc.Arbitrary<VerifiedEvent[]> = fc.array(draft, { minLength: 1, maxLength: 40 })
  .map((drafts) => {
    const made: VerifiedEvent[] = [];
    for (const { head, tags, ...rest } of drafts) {
      const named = (value: string | number) =>
        typeof value === "string" ? value : made[value % (made.length || 1)]?.event.id ?? "f".repeat(64);
      const fields = { ...rest, tags: tags.map((tag) => tag.map(named)) };
      const id = head + hash("sha256", head + JSON.stringify(fields)).slice(head.length);
      made.push(fakeEvent({ ...fields, id }));
    }
    return made;
  });

/** What happens to a repository; a number names an event of the list. */
export type Step = { save: number[] } | { sweep: true } | { now: number } | { ask: Filter[] };

const identifiers = (exact: fc.Arbitrary<string>, prefixes: boolean) =>
  prefixes
    ? fc.tuple(exact, fc.constantFrom(1, 2, 11, 12, 13, 63, 64)).map(([hex, digits]) => hex.slice(0, digits))
    : exact;

/** Also of a kind that is kept in one version only. */
const privacy = fc.record({
  kinds: fc.subarray([0, 1, 1_059], { minLength: 1 }),
  readers: fc.uniqueArray(pubkey, { maxLength: 2 }),
}).map(Privacy.from);

function filter(stored: readonly NostrEvent[], prefixes: boolean): fc.Arbitrary<Filter> {
  const id = fc.constantFrom(...stored.map(({ id }) => id), "0".repeat(64));
  const some = <T>(value: fc.Arbitrary<T>) => fc.uniqueArray(value, { maxLength: 4 });
  const condition: fc.Arbitrary<TagCondition> = fc.oneof(
    fc.record({ name: fc.constant("e"), values: some(id) }),
    fc.record({ name: fc.constantFrom("p", "P"), values: some(pubkey) }),
    fc.record({ name: fc.constant("a"), values: some(address) }),
    fc.record({ name: fc.constantFrom("d", "t", "T"), values: some(word) }),
  );
  /** What `&t` comes to. */
  const demanded = fc.uniqueArray(word, { minLength: 2, maxLength: 3 })
    .map((values): TagCondition[] => values.map((value) => ({ name: "t", values: [value] })));
  return fc.record({
    ids: some(identifiers(id, prefixes)),
    authors: some(identifiers(pubkey, prefixes)),
    kinds: some(kind),
    tags: fc.oneof({ weight: 4, arbitrary: fc.array(condition, { minLength: 1, maxLength: 2 }) }, {
      weight: 1,
      arbitrary: demanded,
    }),
    since: second,
    until: second,
    limit: fc.nat(12),
    privacy,
  }, { requiredKeys: [] }).map((full) => thin(full));
}

/** A filter with every field hardly ever matches; drops fields until three are left. */
function thin(full: Filter): Filter {
  const fields = Object.entries(full);
  const seed = JSON.stringify(full).length;
  while (fields.length > 3) fields.splice(seed % fields.length, 1);
  return Object.fromEntries(fields);
}

export interface Story {
  readonly events: readonly VerifiedEvent[];
  readonly steps: readonly Step[];
}

/** Random events, saved in random order and batches, with questions in between. */
export function stories({ prefixes = false } = {}): fc.Arbitrary<Story> {
  return events.chain((made) => {
    const pick = fc.nat(made.length - 1);
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 4, arbitrary: fc.record({ save: fc.array(pick, { minLength: 1, maxLength: 20 }) }) },
      { weight: 1, arbitrary: fc.constant<Step>({ sweep: true }) },
      { weight: 1, arbitrary: fc.record({ now: second }) },
      {
        weight: 6,
        arbitrary: fc.record({
          ask: fc.array(filter(made.map(({ event }) => event), prefixes), { minLength: 1, maxLength: 3 }),
        }),
      },
    );
    const steps = fc.array(step, { minLength: 4, maxLength: 24 }).map((rest): Step[] => [
      { save: made.map((_, at) => at) },
      ...rest,
      { ask: [{}] },
    ]);
    const shuffled = fc.array(step, { minLength: 4, maxLength: 24 }).map((
      rest,
    ): Step[] => [...rest, { ask: [{}] }]);
    return fc.record({ events: fc.constant(made), steps: fc.oneof(steps, shuffled) });
  });
}
