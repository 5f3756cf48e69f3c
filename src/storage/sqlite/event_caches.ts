export interface CacheOptions {
  /** Of memory for the JSON of events, for each reader. Default 32 MiB: of 30,000 realistic events it holds half. */
  readonly eventCacheBytes?: number | undefined;
  /** Whether most pages will be wanted in UTF-8. Default false. */
  readonly utf8?: boolean | undefined;
}

/** Bytes for the JSON of events, by where and how it is kept. */
export interface EventCaches {
  /** As text, in the reader's thread. */
  readonly text: number;
  /** In UTF-8, there too; 0: what is wanted in UTF-8 is encoded each time. */
  readonly utf8: number;
  /** As text, where the reader's pages go. */
  readonly sent: number;
}

/** Where UTF-8 is wanted, text is only needed to find what nobody has asked for of late. */
export function eventCaches({ eventCacheBytes = 32 * 1024 * 1024, utf8 = false }: CacheOptions): EventCaches {
  const text = eventCacheBytes * (utf8 ? 1 / 4 : 2 / 3), rest = eventCacheBytes - text;
  return utf8 ? { text, utf8: rest, sent: 0 } : { text, utf8: 0, sent: rest };
}
