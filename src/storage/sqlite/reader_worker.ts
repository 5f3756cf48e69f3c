import type { DatabaseSync } from "node:sqlite";
import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import { openForReading } from "./open.ts";
import { type PageBounds, Reader } from "./reader.ts";
import { serve } from "./remote.ts";

let database: DatabaseSync | undefined;
let reader: Reader | undefined;

/** A page on its way between threads: flat, as Bun copies that fast (see WorkerPort). */
export type PageMessage = [done: boolean, ...events: string[]];

/** Filters come as JSON for the same reason: hundreds of authors cost half as much in one text. */
const read = (filters?: string): Filter[] | undefined => filters && JSON.parse(filters);

/** What a reader's thread answers to. */
const methods = {
  open(directory: string, bounds: PageBounds, options: FilterOptions): void {
    database = openForReading(directory);
    reader = new Reader(database, bounds, options);
  },
  idsAfter: (key: number, most: number) => reader!.idsAfter(key, most),
  has: (ids: readonly string[]) => reader!.has(ids),
  page(query: number, now: number, filters?: string): PageMessage {
    const { events, done } = reader!.page(query, now, read(filters));
    return [done, ...events];
  },
  tally: (query: number, now: number, filters?: string) => reader!.tally(query, now, read(filters)),
  end: (query: number) => reader!.end(query),
  close: () => database?.close(),
};

export type ReaderMethods = typeof methods;

serve(methods);
