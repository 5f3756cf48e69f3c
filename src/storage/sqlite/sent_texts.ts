import { EventTexts, textBytes } from "../event_texts.ts";
import { Sieve } from "../sieve.ts";
import { Seen } from "./seen.ts";

/**
 * Texts on their way to another thread: the row alone where the text is kept there; the row negated, then the text,
 * where it is to be kept from now on; else the text alone.
 */
export type SentTexts = (number | string)[];

/** Texts among which one that is sent again is worth keeping: as many as there is room for by default. */
const PLACES = 8_192;

/**
 * Sends texts to another thread, those that are asked for over and over as a number: to copy a text and to collect the
 * copy costs V8 as much as all else that is done to find it. It knows what the receiver keeps, as both do the same in
 * the same order.
 */
export class TextSender {
  readonly #kept: Sieve<number, number>;
  readonly #sent = new Seen(PLACES);

  /** @param bytes The receiver's. */
  constructor(bytes: number) {
    this.#kept = new Sieve(bytes, (size) => size);
  }

  /** What it gives is to be sent before it is called again. */
  pack(rows: readonly number[], texts: readonly string[]): SentTexts {
    const sent: SentTexts = [];
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at]!, text = texts[at]!;
      if (this.#kept.get(row) !== undefined) sent.push(row);
      else if (this.#sent.again(row)) {
        this.#kept.set(row, textBytes(text));
        sent.push(-row, text);
      } else sent.push(text);
    }
    return sent;
  }
}

/** Takes what a sender has sent, message after message. */
export class TextReceiver {
  readonly #kept: EventTexts;

  /** @param bytes Of memory for what it keeps. */
  constructor(bytes: number) {
    this.#kept = new EventTexts(bytes);
  }

  /** @throws {Error} when it names a text that is not kept: some that were sent before did not come. */
  unpack(sent: SentTexts): string[] {
    const texts: string[] = [];
    for (let at = 0; at < sent.length; at++) {
      const item = sent[at]!;
      if (typeof item === "string") texts.push(item);
      else if (item < 0) {
        const text = sent[++at] as string;
        this.#kept.set(-item, text);
        texts.push(text);
      } else texts.push(this.#get(item));
    }
    return texts;
  }

  #get(row: number): string {
    const text = this.#kept.get(row);
    if (text === undefined) throw new Error(`the text of row ${row} is not kept`);
    return text;
  }
}
