import { Rejection } from "./reason.ts";

/** An event passes when it has a tag of this name with one of these values. */
export interface TagCondition {
  /** One letter. */
  readonly name: string;
  readonly values: readonly string[];
}

/** Tags that a filter may demand with `&`. Each is looked for by itself, in every event that comes up. */
const MOST_DEMANDED = 32;

/**
 * What the `#` and `&` keys of a filter come to: conditions that must all hold (`&` as in pull request 2252 of
 * nostr-protocol/nips). Each value under `&` is a condition of its own, and ignored under the same letter's `#`, where
 * clients repeat it for relays that know no `&`.
 * @throws {Rejection} `invalid` when more is demanded than the relay looks for.
 */
export function tagConditions(any: readonly TagCondition[], all: readonly TagCondition[]): TagCondition[] {
  const demanded = all.flatMap(({ name, values }) => {
    if (values.length === 0) return [{ name, values }]; // matches nothing, as every empty list
    return [...new Set(values)].map((value) => ({ name, values: [value] }));
  });
  if (demanded.length > MOST_DEMANDED) {
    throw new Rejection(
      "invalid",
      `a filter demands ${demanded.length} tags with &; at most ${MOST_DEMANDED} are accepted`,
    );
  }
  const others = any.flatMap((condition) => {
    const { name, values } = condition;
    const ignored = all.find((other) => other.name === name)?.values;
    if (!ignored || values.length === 0) return [condition];
    const left = values.filter((value) => !ignored.includes(value));
    return left.length > 0 ? [{ name, values: left }] : [];
  });
  return [...demanded, ...others];
}
