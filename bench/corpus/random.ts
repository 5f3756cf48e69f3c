/** Random numbers that are the same for the same seed (sfc32), and the distributions that a corpus needs. */
export class Random {
  #a = 0x9e3779b9;
  #b = 0x243f6a88;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#c = seed | 0;
    for (let n = 0; n < 15; n++) this.#next();
  }

  #next(): number {
    const result = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + result | 0;
    return result >>> 0;
  }

  /** From 0, inclusive, to 1, exclusive. */
  fraction(): number {
    return this.#next() / 2 ** 32;
  }

  /** A whole number from `least` to `most`, both inclusive. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  anyOf<T>(list: readonly T[]): T {
    return list[Math.floor(this.fraction() * list.length)]!;
  }

  lognormal(median: number, sigma: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.fraction())) * Math.cos(2 * Math.PI * this.fraction());
    return median * Math.exp(sigma * normal);
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.#next() & 255);
  }
}

/** Draws places 0 to n − 1, place r with a weight of 1 / (r + 1)^exponent. */
export function zipf(random: Random, places: number, exponent: number): () => number {
  let sum = 0;
  const cumulated = Float64Array.from({ length: places }, (_, place) => sum += (place + 1) ** -exponent);
  return () => {
    const wanted = random.fraction() * sum;
    let low = 0, high = places - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulated[middle]! > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
