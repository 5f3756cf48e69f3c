/** Whose first message waits to be read. */
export interface Guest {
  /** Begins a conversation if its message still waits, and then calls `began`. */
  begin(): void;
}

export interface LobbyBounds {
  /** Conversations that may wait for their first answer while more begin: enough to keep the store busy. */
  readonly most: number;
  /** Milliseconds between looks at how it goes. When nobody was answered between two of them, twice, more may begin. */
  readonly look: number;
  /** Looks after which more may begin in any case. */
  readonly patience: number;
}

const BOUNDS: LobbyBounds = { most: 128, look: 5, patience: 5 };

/** So many looks without an answer show that the store is slow, and not this isolate busy. */
const DRY = 2;

/**
 * Where first messages wait while many others wait for their answers. When ten thousand clients come back and ask all at
 * once, most wait here as a text: a conversation with a query under way would take 7 kB. Only a relay that is busy
 * answering lets them wait long: a slow store answers no sooner for being asked less at a time.
 */
export class Lobby {
  /** In the order in which they came. */
  readonly #guests = new Set<Guest>();
  readonly #unanswered = new Set<Guest>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #answers = 0;
  /** Looks in a row that have found no answers. The first may come late, before those that have arrived meanwhile. */
  #dry = 0;
  #looks = 0;

  constructor(readonly bounds = BOUNDS) {}

  /** Lets the guest begin, now or when its turn comes. */
  enter(guest: Guest): void {
    this.#guests.add(guest);
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
      if (this.#unanswered.size >= this.bounds.most) break;
      this.#guests.delete(guest);
      guest.begin();
    }
    if (this.#guests.size > 0) return void (this.#timer ??= setTimeout(this.#look, this.bounds.look));
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    this.#dry = this.#answers === 0 ? this.#dry + 1 : 0;
    this.#answers = 0;
    if (this.#dry === DRY || ++this.#looks === this.bounds.patience) {
      this.#unanswered.clear();
      this.#dry = this.#looks = 0;
    }
    this.#admit();
  };
}
