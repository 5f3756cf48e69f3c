/** Whose first message waits to be read. */
export interface Guest {
  /** Begins a conversation, if anything still waits: then the lobby is told that it has begun. */
  begin(): void;
}

/** Conversations that may wait for their first answer at once: enough to keep the store busy. */
const MOST = 64;

/** Milliseconds after which those keep nobody else waiting: a store is slow for some, and some messages get no answer. */
const PATIENCE = 25;

/**
 * Where first messages wait while many others wait for their answers. When ten thousand clients come back and ask all at
 * once, most wait here as a text: a conversation with a query under way would take 7 kB.
 */
export class Lobby {
  /** In the order in which they came. */
  readonly #guests = new Set<Guest>();
  readonly #unanswered = new Set<Guest>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly most = MOST, readonly patience = PATIENCE) {}

  /** Lets the guest begin, now or when its turn comes. */
  enter(guest: Guest): void {
    this.#guests.add(guest);
    this.#admit();
  }

  /** A guest has begun a conversation, admitted or not. */
  began(guest: Guest): void {
    this.#unanswered.add(guest);
  }

  /** It has had its first answer, or the conversation is over. */
  answered(guest: Guest): void {
    if (this.#unanswered.delete(guest) && this.#guests.size > 0) this.#admit();
  }

  #admit(): void {
    for (const guest of this.#guests) {
      if (this.#unanswered.size >= this.most) break;
      this.#guests.delete(guest);
      guest.begin();
    }
    if (this.#guests.size === 0) this.close();
    else this.#timer ??= setTimeout(this.#hurry, this.patience);
  }

  readonly #hurry = (): void => {
    this.#timer = undefined;
    this.#unanswered.clear();
    this.#admit();
  };

  /** Nobody comes any more, and who is here will be told elsewhere. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#guests.clear();
  }
}
