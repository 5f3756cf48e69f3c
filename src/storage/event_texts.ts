import { Recent } from "./recent.ts";

/** The JSON of events by their rows, the last ones used. */
export class EventTexts extends Recent<number, string> {
  /** @param generation UTF-16 units of JSON in each of the two: of memory at most four times as many bytes in all. */
  constructor(generation: number) {
    super(generation, ({ length }) => length);
  }

  add(seq: number, json: string): void {
    this.set(seq, json);
  }
}
