import { isAscii } from "../protocol/ascii.ts";
import { Sieve } from "./sieve.ts";

/** Bytes of memory that a text takes: runtimes keep ASCII in one byte a unit, and other texts in two at most. */
export const textBytes = (text: string): number => isAscii(text) ? text.length : 2 * text.length;

/** The JSON of events by their rows. */
export class EventTexts extends Sieve<number, string> {
  /** @param bytes Of memory at most. */
  constructor(bytes: number) {
    super(bytes, textBytes);
  }
}
