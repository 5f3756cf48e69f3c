import type { Filter } from "../../protocol/filter.ts";
import { Privacy, type WrittenPrivacy } from "../../protocol/privacy.ts";

/** What to find. */
export interface Question {
  readonly filters: readonly Filter[];
  /** Whether to find out if there is more than the limits let through. Default false. */
  readonly seek?: boolean;
  /** All of it in one text, by which the answer may be remembered. Unset: it is not. */
  readonly text?: string;
}

/** A filter as JSON. */
type WrittenFilter = Omit<Filter, "privacy"> & { readonly privacy?: WrittenPrivacy };

/**
 * A question as it comes to a reader's thread: as JSON, since hundreds of authors cost half as much in one text. It is
 * read only when somebody wants to know more of it than the text.
 */
export class WrittenQuestion implements Question {
  #read: Question | undefined;

  constructor(readonly text: string) {}

  get filters(): readonly Filter[] {
    return this.#parts.filters;
  }

  get seek(): boolean {
    return this.#parts.seek ?? false;
  }

  get #parts(): Question {
    return this.#read ??= read(this.text);
  }
}

function read(text: string): Question {
  const { filters, ...rest }: { filters: WrittenFilter[]; seek?: boolean } = JSON.parse(text);
  return {
    ...rest,
    filters: filters.map(({ privacy, ...filter }): Filter =>
      privacy ? { ...filter, privacy: Privacy.from(privacy) } : filter
    ),
  };
}
