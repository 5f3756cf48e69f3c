import { isAscii } from "../protocol/ascii.ts";
import { Recent } from "./recent.ts";

/** Bytes of memory that a text takes: runtimes keep ASCII in one byte a unit, and other texts in two at most. */
export const textBytes = (text: string): number => isAscii(text) ? text.length : 2 * text.length;

/** The JSON of events by their rows, the last ones used. */
export class EventTexts extends Recent<number, string> {
  /** @param bytes Of memory at most. */
  constructor(bytes: number) {
    super(bytes / 2, textBytes);
  }
}
