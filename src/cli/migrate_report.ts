import type { Fate } from "../storage/copy.ts";

/** How many events both sides hold, expired ones included. */
export interface Counts {
  readonly source: number;
  readonly target: number;
}

export type Fates = Readonly<Record<Fate, number>>;

const IN_WORDS: readonly [fate: Fate, words: string][] = [
  ["stored", "stored"],
  ["duplicate", "already there"],
  ["superseded", "refused: the target has a newer version"],
  ["deleted", "refused: the target knows a deletion request"],
  ["vanished", "refused: the target knows a request to vanish"],
  ["expired", "expired, left behind"],
  ["unreadable", "unreadable"],
  ["failed", "not saved"],
];

/** How many were read and what became of them, a line each; of refusals and failures only those that were. */
export function summary(fates: Fates): string {
  const lines = IN_WORDS
    .map(([fate, words]) => ({ words, count: fates[fate] }))
    .filter(({ count }, at) => at < 2 || count > 0);
  return [{ words: "read", count: sum(fates) }, ...lines]
    .map(({ words, count }) => `${number(count).padStart(13)}  ${words}`)
    .join("\n");
}

/**
 * What does not agree, a sentence each. In an empty target, or one that has nothing but the source's events,
 * the number that it must hold is certain. Of other events there, newer versions and deletion requests may
 * have removed some: then it is known within bounds.
 */
export function discrepancies(fates: Fates, before: Counts, after: Counts): string[] {
  const read = sum(fates);
  const lost = fates.unreadable + fates.failed;
  const least = fates.stored + fates.duplicate;
  const most = before.target + fates.stored;
  const asMany = least === most ? number(least) : `${number(least)} to ${number(most)}`;
  return [
    lost > 0 && `${number(lost)} events of the source could not be carried over: see above.`,
    (read !== before.source || read !== after.source) &&
    `The source changed meanwhile: it held ${number(before.source)} events at first, ${number(read)} ` +
      `were read, it holds ${number(after.source)} now. Run the same command again to take over the rest.`,
    (after.target < least || after.target > most) &&
    `The target should hold ${asMany} events, but holds ${number(after.target)}.`,
  ].filter((sentence) => sentence !== false);
}

const sum = (fates: Fates): number => Object.values(fates).reduce((total, count) => total + count, 0);

export const number = (value: number): string => value.toLocaleString("en");
