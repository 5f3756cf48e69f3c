/** The JSON of events by their rows, the last ones used: two generations, of which the older goes when the younger is full. */
export class EventTexts {
  #young = new Map<number, string>();
  #old = new Map<number, string>();
  #size = 0;

  /** @param generation UTF-16 units of JSON in each of the two: of memory at most four times as many bytes in all. */
  constructor(readonly generation: number) {}

  get(seq: number): string | undefined {
    const young = this.#young.get(seq);
    if (young !== undefined) return young;
    const old = this.#old.get(seq);
    if (old !== undefined) this.add(seq, old);
    return old;
  }

  add(seq: number, json: string): void {
    this.#young.set(seq, json);
    this.#size += json.length;
    if (this.#size < this.generation) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#size = 0;
  }
}
