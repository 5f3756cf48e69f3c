/** A number as clients read it: 1,204. */
export const figure = (n: number): string => n.toLocaleString("en-US");

/** Unicode characters of a text, as NIP-11 counts them; `length` counts an emoji twice. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Whether a text has more than `most` characters; counts only where its length leaves that open. */
export function exceeds(text: string, most: number): boolean {
  return text.length > most && (text.length > 2 * most || characters(text) > most);
}

/** A time to wait, never told as zero: "0.3 s", "12 s". */
export const duration = (seconds: number): string =>
  seconds < 10 ? `${Math.ceil(seconds * 10) / 10} s` : `${figure(Math.ceil(seconds))} s`;
