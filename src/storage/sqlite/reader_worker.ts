import type { DatabaseSync } from "node:sqlite";
import type { FilterOptions } from "../../protocol/filter.ts";
import type { Filter } from "../../protocol/filter.ts";
import { openForReading } from "./open.ts";
import { type PageBounds, Reader } from "./reader.ts";
import { serve } from "./remote.ts";

let database: DatabaseSync | undefined;
let reader: Reader | undefined;

/** What a reader's thread answers to. */
const methods = {
  open(directory: string, bounds: PageBounds, options: FilterOptions): void {
    database = openForReading(directory);
    reader = new Reader(database, bounds, options);
  },
  idsAfter: (key: number, most: number) => reader!.idsAfter(key, most),
  has: (ids: readonly string[]) => reader!.has(ids),
  page: (query: number, now: number, filters?: readonly Filter[]) => reader!.page(query, now, filters),
  tally: (query: number, now: number, filters?: readonly Filter[]) => reader!.tally(query, now, filters),
  end: (query: number) => reader!.end(query),
  close: () => database?.close(),
};

export type ReaderMethods = typeof methods;

serve(methods);
