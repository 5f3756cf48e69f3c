import { siteOf } from "./site.ts";

/** Profiles that may wait for a domain's word. */
const MOST = 64;

/** Of one site: else who has a slow one could keep all others from being asked, by names without number. */
const MOST_OF_A_SITE = 4;

/** Where profiles wait for their domain's word. */
export class Places {
  /** By site. */
  readonly #taken = new Map<string, number>();
  #total = 0;

  /** A place until it is disposed of; undefined when there is none. */
  take(domain: string): Disposable | undefined {
    const site = siteOf(domain), taken = this.#taken.get(site) ?? 0;
    if (this.#total === MOST || taken === MOST_OF_A_SITE) return undefined;
    this.#total++;
    this.#taken.set(site, taken + 1);
    return { [Symbol.dispose]: () => this.#leave(site) };
  }

  #leave(site: string): void {
    const left = this.#taken.get(site)! - 1;
    if (left > 0) this.#taken.set(site, left);
    else this.#taken.delete(site);
    this.#total--;
  }
}
