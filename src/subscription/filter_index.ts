import { isIndexedTag, type NostrEvent } from "../protocol/event.ts";
import {
  type Filter,
  type FilterOptions,
  type Matcher,
  matcher,
  type TagCondition,
} from "../protocol/filter.ts";

/**
 * Finds whose filters an event passes, at a cost that grows with those who want it and not with
 * those connected. Each filter is filed under the values of its most selective field; an event looks
 * up its own id, author, tags and kind and checks only what it finds there.
 */
export class FilterIndex<Owner> {
  readonly #files = new Map<string, Set<Entry<Owner>>>();
  readonly #filed = new Map<Owner, Entry<Owner>[]>();

  constructor(readonly options: FilterOptions = {}) {}

  /** Owners that have filters here. */
  get size(): number {
    return this.#filed.size;
  }

  /** Files an owner's filters. An owner is added once, and removed before it is added again. */
  add(owner: Owner, filters: readonly Filter[]): void {
    const entries = filters.filter(canMatch).map((filter) => ({
      owner,
      matches: matcher(filter, this.options),
      keys: filingKeys(filter, this.options),
    }));
    for (const entry of entries) {
      for (const key of entry.keys) {
        const file = this.#files.get(key);
        if (file) file.add(entry);
        else this.#files.set(key, new Set([entry]));
      }
    }
    this.#filed.set(owner, entries);
  }

  remove(owner: Owner): void {
    for (const entry of this.#filed.get(owner) ?? []) {
      for (const key of entry.keys) {
        const file = this.#files.get(key);
        file?.delete(entry);
        if (file?.size === 0) this.#files.delete(key);
      }
    }
    this.#filed.delete(owner);
  }

  /** The owners of whom at least one filter passes the event, each once. */
  match(event: NostrEvent): Set<Owner> {
    const owners = new Set<Owner>();
    this.#collect(ANY, event, owners);
    this.#collect(`id ${event.id}`, event, owners);
    this.#collect(`author ${event.pubkey}`, event, owners);
    this.#collect(`kind ${event.kind}`, event, owners);
    for (const tag of event.tags) {
      if (isIndexedTag(tag)) this.#collect(`#${tag[0]} ${tag[1]}`, event, owners);
    }
    return owners;
  }

  #collect(key: string, event: NostrEvent, owners: Set<Owner>): void {
    for (const entry of this.#files.get(key) ?? []) {
      if (!owners.has(entry.owner) && entry.matches(event)) owners.add(entry.owner);
    }
  }
}

interface Entry<Owner> {
  readonly owner: Owner;
  readonly matches: Matcher;
  readonly keys: readonly string[];
}

/** Where filters go that name nothing to file them under. */
const ANY = "any";

/** An empty list matches nothing, so such a filter need not be filed. */
function canMatch({ ids, authors, kinds, tags }: Filter): boolean {
  return ids?.length !== 0 && authors?.length !== 0 && kinds?.length !== 0 &&
    (tags ?? []).every(({ values }) => values.length > 0);
}

function filingKeys(filter: Filter, { prefixes }: FilterOptions): readonly string[] {
  const whole = (values: readonly string[] | undefined) =>
    values && (!prefixes || values.every((value) => value.length === 64)) ? values : undefined;
  const ids = whole(filter.ids);
  if (ids) return ids.map((id) => `id ${id}`);
  const tags = [...filter.tags ?? []].sort((a, b) => a.values.length - b.values.length);
  const reference = tags.find(namesOneThing);
  if (reference) return tagKeys(reference);
  const authors = whole(filter.authors);
  if (authors) return authors.map((author) => `author ${author}`);
  if (tags[0]) return tagKeys(tags[0]);
  return filter.kinds?.map((kind) => `kind ${kind}`) ?? [ANY];
}

const tagKeys = ({ name, values }: TagCondition) => values.map((value) => `#${name} ${value}`);

/** References to an event, a person or an address are rare in the stream; topics (`#t`) and the like are not. */
const namesOneThing = ({ name }: TagCondition) => /^[epaqhEPAd]$/.test(name);
