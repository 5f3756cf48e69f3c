import { Waiters } from "./waiters.ts";

/** A turn that was taken, until it is given back. */
export interface Turn {
  /** In milliseconds. */
  readonly since: number;
}

export interface TurnBounds {
  /** Turns at once at most. */
  readonly most: number;
  /** Of those, how many may be young: work is done with less switching to and fro if little of it is under way. */
  readonly young: number;
  /** Milliseconds for which a turn is young. What takes longer, and may be waiting itself, keeps nobody else waiting. */
  readonly youth: number;
}

/** Bounds how much goes on at once. Turns are given in the order they were asked for. */
export class Turns {
  readonly #taken = new Set<Turn>();
  readonly #waiters = new Waiters();
  readonly #idle = new Waiters();
  /** Turns of those who were woken just now. */
  readonly #given: Turn[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly bounds: TurnBounds, readonly now: () => number = () => performance.now()) {}

  /** Resolves with a turn; rejects with the signal's reason on abort. */
  async take(signal: AbortSignal): Promise<Turn> {
    signal.throwIfAborted();
    const turn = this.takeNow();
    if (turn) return turn;
    const woken = this.#waiters.wait(signal);
    this.#awaitAge();
    try {
      await woken;
      return this.#given.shift()!;
    } finally {
      if (this.#waiters.size === 0) this.#stopWaiting();
    }
  }

  /** Takes a turn if there is one, and nobody waits for it. */
  takeNow(): Turn | undefined {
    return this.#waiters.size === 0 && this.#isFree ? this.#begin() : undefined;
  }

  giveBack(turn: Turn): void {
    this.#taken.delete(turn);
    this.#giveOn();
    if (this.#taken.size === 0) this.#idle.wakeAll();
  }

  /** Resolves when no turn is taken; rejects with the signal's reason on abort. */
  async untilIdle(signal: AbortSignal): Promise<void> {
    if (this.#taken.size > 0) await this.#idle.wait(signal);
  }

  get #isFree(): boolean {
    const { most, young } = this.bounds, { size } = this.#taken;
    return size < most && (size < young || this.#youngOnes.length < young);
  }

  /** The oldest first. */
  get #youngOnes(): Turn[] {
    const born = this.now() - this.bounds.youth;
    return [...this.#taken].filter(({ since }) => since > born);
  }

  #begin(): Turn {
    const turn = { since: this.now() };
    this.#taken.add(turn);
    return turn;
  }

  #giveOn(): void {
    while (this.#waiters.size > 0 && this.#isFree) {
      this.#given.push(this.#begin());
      this.#waiters.wakeOne();
    }
    this.#awaitAge();
  }

  /** Until the next one that is young is no more. */
  #awaitAge(): void {
    if (this.#timer !== undefined || this.#waiters.size === 0 || this.#taken.size >= this.bounds.most) return;
    const [oldest] = this.#youngOnes;
    if (!oldest) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#giveOn();
    }, Math.ceil(oldest.since + this.bounds.youth - this.now()));
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
