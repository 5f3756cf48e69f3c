import type { Hit } from "./query.ts";

type Hits = Generator<Hit | undefined, void, void>;

/** Merges the ordered answers of several filters; an event that passes more than one comes once. */
export function merge(answers: Hits[]): Hits {
  return answers.length === 1 ? answers[0]! : mergeSeveral(answers);
}

function* mergeSeveral(answers: Hits[]): Hits {
  const sources: Source[] = [];
  for (const answer of answers) {
    const source = new Source(answer);
    yield* source.advance();
    sources.push(source);
  }
  while (true) {
    const next = newest(sources);
    if (!next) return;
    yield next;
    for (const source of sources) if (source.head?.id === next.id) yield* source.advance();
  }
}

class Source {
  head: Hit | undefined;

  constructor(readonly hits: Hits) {}

  /** Moves to the next hit; passes pauses on. */
  *advance(): Generator<undefined, void, void> {
    while (true) {
      const { value, done } = this.hits.next();
      this.head = value as Hit | undefined;
      if (done || this.head) return;
      yield undefined;
    }
  }
}

function newest(sources: readonly Source[]): Hit | undefined {
  let first: Hit | undefined;
  for (const { head } of sources) if (head && (!first || isBefore(head, first))) first = head;
  return first;
}

function isBefore(a: Hit, b: Hit): boolean {
  return a.past < b.past || (a.past === b.past && a.id < b.id);
}
