/** Whose first message waits to be read. */
export interface Guest {
  /** Begins a conversation if its message still waits, and then calls `began`. */
  begin(): void;
}

export interface LobbyBounds {
  /** Conversations that may wait for their first answer while more begin: enough to keep a fast store busy. */
  readonly few: number;
  /** The same of a store that is slow. */
  readonly most: number;
  /** Milliseconds between looks at how it goes. When nobody was answered between two of them, twice, more may begin. */
  readonly look: number;
  /** Looks after which more may begin in any case. */
  readonly patience: number;
}

const BOUNDS: LobbyBounds = { few: 32, most: 128, look: 5, patience: 5 };

/**
 * After so many looks in a row without an answer the store is slow, unless `few` or more have come before each: Deno
 * takes all of ten thousand messages, for a third of a second, before it looks at what its threads have sent.
 */
const DRY = 2;

type Timer = ReturnType<typeof setTimeout>;

/** What calls it at a later time, and may be called off. */
export interface Timers {
  setTimeout(look: () => void, milliseconds: number): Timer;
  clearTimeout(timer: Timer | undefined): void;
}

/**
 * Where first messages wait while many others wait for their answers. When ten thousand clients come back and ask all at
 * once, most wait here as a text: a conversation with a query under way would take 7 kB. Only a relay that is busy
 * answering lets them wait long: a slow store answers no sooner for being asked less at a time.
 */
export class Lobby {
  /** In the order in which they came. */
  readonly #guests = new Set<Guest>();
  readonly #unanswered = new Set<Guest>();
  /** Between `few` and `most`. */
  #room: number;
  #timer: Timer | undefined;
  /** Who has come, and been answered, since the last look. */
  #came = 0;
  #answers = 0;
  /** Looks in a row that show the store slow. The first may come late, before the answers that have arrived meanwhile. */
  #dry = 0;
  #looks = 0;

  constructor(readonly bounds = BOUNDS, readonly timers: Timers = globalThis) {
    this.#room = bounds.few;
  }

  /** Lets the guest begin, now or when its turn comes. */
  enter(guest: Guest): void {
    this.#guests.add(guest);
    this.#came++;
    this.#admit();
  }

  /** Called when a conversation begins, whether the lobby has let it or not. */
  began(guest: Guest): void {
    this.#unanswered.add(guest);
  }

  /** Called when it has had an answer, and when it is over. */
  answered(guest: Guest): void {
    if (!this.#unanswered.delete(guest)) return;
    this.#answers++;
    if (this.#guests.size > 0) this.#admit();
  }

  #admit(): void {
    for (const guest of this.#guests) {
      if (this.#unanswered.size >= this.#room) break;
      this.#guests.delete(guest);
      guest.begin();
    }
    if (this.#guests.size > 0) {
      return void (this.#timer ??= this.timers.setTimeout(this.#look, this.bounds.look));
    }
    this.timers.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#room = this.bounds.few;
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    this.#dry = this.#answers > 0 || this.#came >= this.bounds.few ? 0 : this.#dry + 1;
    this.#answers = this.#came = 0;
    const isSlow = this.#dry === DRY;
    if (isSlow) this.#room = Math.min(2 * this.#room, this.bounds.most);
    if (isSlow || ++this.#looks === this.bounds.patience) {
      this.#unanswered.clear();
      this.#dry = this.#looks = 0;
    }
    this.#admit();
  };
}
