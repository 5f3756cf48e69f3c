import { Recent } from "./recent.ts";

/** Most bytes that a character takes in memory. */
const WIDEST = 2;

/** The JSON of events by their rows, the last ones used. */
export class EventTexts extends Recent<number, string> {
  /** @param bytes Of memory at most; half of that where the texts are all in Latin letters. */
  constructor(bytes: number) {
    super(bytes / 2, ({ length }) => WIDEST * length);
  }
}
