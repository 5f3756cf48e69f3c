import { isIndexedTag, type NostrEvent } from "../protocol/event.ts";
import { type Filter, type FilterOptions, type Matcher, matcher, valueCount } from "../protocol/filter.ts";
import { Shelf } from "./shelf.ts";

/**
 * Finds whose filters an event passes, at a cost that grows with those who want it and not with
 * those connected. Each filter is filed under the values of its most selective field; an event looks
 * up its own id, author, tags and kind and checks only what it finds there.
 */
export class FilterIndex<Owner extends HasFilters = HasFilters> {
  readonly #ids: EntryShelf<Owner> = new Shelf();
  readonly #authors: EntryShelf<Owner> = new Shelf();
  /** By the tag's letter and value: `e` + value. */
  readonly #tags: EntryShelf<Owner> = new Shelf();
  readonly #kinds: EntryShelf<Owner> = new Shelf();
  /** Filters that name nothing to file them under, all under the same. */
  readonly #others: EntryShelf<Owner> = new Shelf();
  readonly #filed = new Map<Owner, Entry<Owner>[]>();
  /** Filed when the next event comes: many a subscription is closed again before that. */
  readonly #unfiled = new Set<Owner>();
  #unfiledValues = 0;

  constructor(readonly options: FilterOptions = {}) {}

  /** Owners that have filters here. */
  get size(): number {
    return this.#filed.size + this.#unfiled.size;
  }

  /** Takes an owner's filters. An owner is added once, and removed before it is added again. */
  add(owner: Owner): void {
    this.#unfiled.add(owner);
    this.#unfiledValues += valueCount(owner.filters);
    if (this.#unfiledValues > MOST_UNFILED) this.#fileAll();
  }

  remove(owner: Owner): void {
    if (this.#unfiled.delete(owner)) return void (this.#unfiledValues -= valueCount(owner.filters));
    for (const entry of this.#filed.get(owner) ?? []) {
      for (const value of entry.values) entry.shelf.remove(value, entry);
    }
    this.#filed.delete(owner);
  }

  /** The owners of whom at least one filter passes the event, each once. */
  match(event: NostrEvent): Set<Owner> {
    if (this.#unfiled.size > 0) this.#fileAll();
    const owners = new Set<Owner>();
    const check = ({ owner, matches }: Entry<Owner>) => {
      if (!owners.has(owner) && matches(event)) owners.add(owner);
    };
    this.#others.visit("", check);
    this.#ids.visit(event.id, check);
    this.#authors.visit(event.pubkey, check);
    this.#kinds.visit(String(event.kind), check);
    if (this.#tags.size > 0) {
      for (const tag of event.tags) if (isIndexedTag(tag)) this.#tags.visit(tag[0] + tag[1], check);
    }
    return owners;
  }

  #fileAll(): void {
    for (const owner of this.#unfiled) {
      const entries = owner.filters.filter(canMatch).map((filter) => {
        const { shelf, values, unsaid } = this.#place(filter);
        return { owner, shelf, values, matches: matcher(unsaid, this.options) };
      });
      for (const entry of entries) for (const value of entry.values) entry.shelf.add(value, entry);
      this.#filed.set(owner, entries);
    }
    this.#unfiled.clear();
    this.#unfiledValues = 0;
  }

  #place(filter: Filter): Place<Owner> {
    const ids = whole(filter.ids, this.options);
    if (ids) return { shelf: this.#ids, values: ids, unsaid: { ...filter, ids: undefined } };
    const tags = (filter.tags ?? []).toSorted((a, b) => a.values.length - b.values.length);
    const authors = whole(filter.authors, this.options);
    const tag = tags.find(({ name }) => NAMES_ONE_THING.has(name)) ?? (authors ? undefined : tags[0]);
    if (tag) {
      const unsaid = { ...filter, tags: filter.tags!.filter((other) => other !== tag) };
      return { shelf: this.#tags, values: tag.values.map((value) => tag.name + value), unsaid };
    }
    if (authors) return { shelf: this.#authors, values: authors, unsaid: { ...filter, authors: undefined } };
    const { kinds } = filter;
    if (kinds) {
      return { shelf: this.#kinds, values: kinds.map(String), unsaid: { ...filter, kinds: undefined } };
    }
    return { shelf: this.#others, values: [""], unsaid: filter };
  }
}

/** Values that may wait to be filed: 5 ms of work for the event that finds them so. */
const MOST_UNFILED = 20_000;

/** Whose filters are filed. They stay the same until their owner is removed. */
interface HasFilters {
  readonly filters: readonly Filter[];
}

interface Entry<Owner> {
  readonly owner: Owner;
  readonly shelf: EntryShelf<Owner>;
  readonly values: readonly string[];
  readonly matches: Matcher;
}

type EntryShelf<Owner> = Shelf<string, Entry<Owner>>;

/** Where a filter is filed, and what of it that leaves to be checked. */
interface Place<Owner> {
  readonly shelf: EntryShelf<Owner>;
  readonly values: readonly string[];
  readonly unsaid: Filter;
}

/** References to an event, a person or an address are rare in the stream; topics (`#t`) and the like are not. */
const NAMES_ONE_THING = new Set("epaqhEPAd");

/** An empty list matches nothing, so such a filter need not be filed. */
function canMatch({ ids, authors, kinds, tags }: Filter): boolean {
  return ids?.length !== 0 && authors?.length !== 0 && kinds?.length !== 0 &&
    (tags ?? []).every(({ values }) => values.length > 0);
}

/** Ids or authors, unless prefixes are among them, under which no event would be looked up. */
function whole(values: readonly string[] | undefined, { prefixes }: FilterOptions): typeof values {
  return prefixes && values?.some((value) => value.length < 64) ? undefined : values;
}
