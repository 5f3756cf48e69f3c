import { TokenBucket } from "../flow/token_bucket.ts";
import type { RecordChange, Records, StoredRecord } from "../storage/records.ts";

export interface RecordBookOptions {
  /** Whether other instances may change the records. */
  readonly shared: boolean;
  /** Told of records that are new or have changed, here or through another instance; of all after the start. */
  readonly onNews: (news: readonly StoredRecord[]) => void;
  /** Told when they can't be read; they are read again when the store next tells their version. */
  readonly onFailure: (error: unknown) => void;
}

/** Looks into the store for what a change misses, at once and a second: strangers' invite codes may all be made up. */
const LOOKS = 10, LOOKS_PER_SECOND = 1;

/** All records, known by heart, and kept as they are in the store, whichever instance changes them. */
export class RecordBook {
  readonly #kinds = new Map<string, Map<string, unknown>>();
  /** Undefined before they were read. */
  #version: number | undefined;
  /** Readings and changes go one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  readonly #looks = new TokenBucket(LOOKS, LOOKS_PER_SECOND, () => performance.now());

  constructor(readonly records: Records, readonly options: RecordBookOptions) {}

  get isKnown(): boolean {
    return this.#version !== undefined;
  }

  /** The values of all records of a kind, by their keys. The map is the same for as long as the book is, and changes. */
  of<Value>(kind: string): ReadonlyMap<string, Value> {
    let values = this.#kinds.get(kind);
    if (!values) this.#kinds.set(kind, values = new Map());
    return values as Map<string, Value>;
  }

  /** The store has this version. Resolves when the book has it too, or could not get it. */
  follow(version: number): Promise<void> {
    return this.#queue(async () => {
      if (this.#version === undefined || version > this.#version) await this.#read();
    }).catch(this.options.onFailure);
  }

  /** Reads the records. @throws {StorageError} */
  open(): Promise<void> {
    return this.#queue(() => this.#read());
  }

  /**
   * Changes records durably.
   * @param decide Answers what to change, given what the book says; asked again if another instance was faster, or
   * if it throws and may not know the latest.
   * @throws {StorageError} or what `decide` throws; nothing is changed then.
   */
  change(decide: () => readonly RecordChange[]): Promise<void> {
    return this.#queue(async () => {
      let isFresh = !this.options.shared;
      if (!this.isKnown) await this.#read();
      while (true) {
        let changes: readonly RecordChange[];
        try {
          changes = decide();
        } catch (error) {
          if (isFresh || this.#looks.take() > 0) throw error;
          // What it missed may have come through another instance a moment ago.
          await this.#read();
          isFresh = true;
          continue;
        }
        if (changes.length === 0) return;
        if (await this.records.write(this.#version!, changes)) {
          this.#version!++;
          return this.#apply(changes);
        }
        await this.#read();
      }
    });
  }

  #queue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  async #read(): Promise<void> {
    const { version, records } = await this.records.read();
    const there = new Set(records.map(nameOf));
    const gone = [...this.#kinds].flatMap(([kind, values]) =>
      [...values.keys()].map((key) => ({ kind, key, value: undefined }))
    ).filter((record) => !there.has(nameOf(record)));
    this.#version = version;
    this.#apply([...gone, ...records]);
  }

  #apply(changes: readonly RecordChange[]): void {
    const news: StoredRecord[] = [];
    for (const { kind, key, value } of changes) {
      const values = this.of(kind) as Map<string, unknown>;
      if (value === undefined) values.delete(key);
      else {
        if (JSON.stringify(values.get(key)) !== value) news.push({ kind, key, value });
        values.set(key, JSON.parse(value));
      }
    }
    if (news.length > 0) this.options.onNews(news);
  }
}

const nameOf = ({ kind, key }: { kind: string; key: string }): string => `${kind} ${key}`;
