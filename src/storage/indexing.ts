/** Milliseconds after which what was saved is taken up, whatever else comes. */
const DELAY = 1_000;

/** Milliseconds until the next try when the store fails. */
const PATIENCE = 10_000;

/**
 * Keeps an index that lags behind the events: takes up a stretch of them now and then, so that many events share a
 * commit, and one stretch after the other where much is to be done.
 */
export class Indexing {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #underWay: Promise<void> | undefined;
  #ended = false;

  /** @param advance Takes up a stretch; answers whether more is left. */
  constructor(readonly advance: () => Promise<boolean>) {
    this.note();
  }

  /** Something was saved. */
  note(delay = DELAY): void {
    if (!this.#ended) this.#timer ??= setTimeout(() => void this.catchUp().catch(() => {}), delay);
  }

  /**
   * Takes up what was saved before, unless that is more than a stretch: then the rest follows.
   * @throws {StorageError} when the store fails; it is tried again later.
   */
  async catchUp(): Promise<void> {
    await this.#underWay?.catch(() => {}); // it may have begun before the last save
    if (!this.#ended) await (this.#underWay ??= this.#advance());
  }

  async #advance(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      if (await this.advance()) this.note(0);
    } catch (error) {
      this.note(PATIENCE);
      throw error;
    } finally {
      this.#underWay = undefined;
    }
  }

  /** Resolves when nothing is under way any more. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#underWay?.catch(() => {});
  }
}
