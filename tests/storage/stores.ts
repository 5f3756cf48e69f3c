import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VerifiedEvent } from "../../src/protocol/event.ts";
import type { Filter } from "../../src/protocol/filter.ts";
import { HyperLogLog } from "../../src/protocol/hyperloglog.ts";
import { type StoredTexts, Utf8Texts } from "../../src/protocol/utf8_texts.ts";
import { MemoryRepository } from "../../src/storage/memory.ts";
import type { Repository, SaveOutcome } from "../../src/storage/repository.ts";
import type { PageBounds } from "../../src/storage/sqlite/pages.ts";
import { SqliteRepository } from "../../src/storage/sqlite/sqlite_repository.ts";

export interface StoreOptions {
  now?: () => number;
  prefixes?: boolean;
  page?: PageBounds;
  lag?: number;
  searchKinds?: readonly number[];
  eventCacheBytes?: number;
}

/** An engine under test: opens an empty repository; disposing closes and removes it. */
export type OpenStore = (options?: StoreOptions) => Promise<Store>;

/** What a count comes to (NIP-45). */
export interface Counted {
  readonly count: number;
  readonly registers: Uint8Array;
}

/** A repository and the questions that tests ask of it. */
export class Store implements AsyncDisposable {
  readonly signal = new AbortController().signal;

  constructor(readonly repository: Repository, readonly remove: () => void | PromiseLike<void> = () => {}) {}

  save(...events: VerifiedEvent[]): Promise<SaveOutcome[]> {
    return Promise.all(events.map((event) => this.repository.save(event)));
  }

  /** The stored JSON that passes any of the filters. An engine that gives UTF-8 must give the same so. */
  async find(...filters: Filter[]): Promise<string[]> {
    const found = (await this.pages(...filters)).flat();
    const { repository, signal } = this, encoded = repository.findEncoded?.(filters, { signal });
    if (encoded) assert.deepEqual((await Array.fromAsync(encoded)).flatMap(textsOf), found);
    return found;
  }

  /** What passes, and whether an event passes that the limits leave out. */
  async findAndSeek(...filters: Filter[]): Promise<[ids: string[], more: boolean]> {
    const ids: string[] = [];
    let told = 0;
    const options = { signal: this.signal, onMore: () => told++ };
    for await (const page of this.repository.find(filters, options)) {
      ids.push(...page.map((json) => JSON.parse(json).id));
    }
    if (told > 1) throw new Error(`told ${told} times of more`);
    return [ids, told > 0];
  }

  async ids(...filters: Filter[]): Promise<string[]> {
    return (await this.find(...filters)).map((json) => JSON.parse(json).id);
  }

  /** The pages that are not empty. */
  async pages(...filters: Filter[]): Promise<string[][]> {
    const pages: string[][] = [];
    for await (const page of this.repository.find(filters, { signal: this.signal })) pages.push(page);
    return pages.filter(({ length }) => length > 0);
  }

  /** Times and ids of what passes. */
  async identities(...filters: Filter[]): Promise<[createdAt: number, id: string][]> {
    const found: [number, string][] = [];
    for await (const { times, ids } of this.repository.identify(filters, { signal: this.signal })) {
      const hex = Buffer.from(ids).toString("hex");
      times.forEach((time, n) => found.push([time, hex.slice(n * 64, (n + 1) * 64)]));
    }
    return found;
  }

  count(...filters: Filter[]): Promise<number> {
    return this.repository.count(filters, { signal: this.signal });
  }

  /** Counts, and takes in the authors (NIP-45). */
  async countAuthors(filters: readonly Filter[], offset: number): Promise<Counted> {
    const authors = new HyperLogLog(offset);
    const count = await this.repository.count(filters, { signal: this.signal, authors });
    return { count, registers: authors.registers };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.repository.close();
    await this.remove();
  }
}

/** Stored events as text, in whichever form they came. */
export const textsOf = (page: StoredTexts): readonly string[] =>
  page instanceof Utf8Texts ? Array.from(page.ends, (_, at) => page.text(at)) : page;

export const openMemory: OpenStore = (options) => Promise.resolve(new Store(new MemoryRepository(options)));

export const openSqlite: OpenStore = async (options) => {
  const directory = temporaryDirectory();
  const repository = await SqliteRepository.open(directory.path, options);
  return new Store(repository, () => directory[Symbol.dispose]());
};

export function temporaryDirectory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "longneck-storage-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
