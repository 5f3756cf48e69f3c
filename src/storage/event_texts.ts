import { Recent } from "./recent.ts";

/** Most bytes that a character takes in memory. */
const WIDEST = 2;

/** Bytes of memory that a text takes at most; half of that where all of it is in Latin letters. */
export const textBytes = ({ length }: string): number => WIDEST * length;

/** The JSON of events by their rows, the last ones used. */
export class EventTexts extends Recent<number, string> {
  /** @param bytes Of memory at most. */
  constructor(bytes: number) {
    super(bytes / 2, textBytes);
  }
}
