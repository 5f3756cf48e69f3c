import type { FilterPages } from "./filter_pages.ts";
import { type Hit, isBefore } from "./scan.ts";

/** Merges what passes several filters in the order of serving; what passes more than one comes once. */
export async function* merge(answers: readonly FilterPages[]): AsyncGenerator<Hit[], void, void> {
  while (true) {
    const lacking = answers.filter(({ needsPage }) => needsPage);
    await Promise.all(lacking.map((answer) => answer.readPage()));
    const page = answers.length === 1 ? answers[0]!.takeAll() : takeWhileComplete(answers);
    if (page.length === 0 && !answers.some(({ needsPage }) => needsPage)) return;
    yield page;
  }
}

/** Takes as far as the order is certain: until one of the answers has no next event at hand but goes on. */
function takeWhileComplete(answers: readonly FilterPages[]): Hit[] {
  const page: Hit[] = [];
  while (!answers.some(({ needsPage }) => needsPage)) {
    const next = newest(answers);
    if (!next) break;
    page.push(next);
    for (const answer of answers) if (answer.head?.id === next.id) answer.shift();
  }
  return page;
}

function newest(answers: readonly FilterPages[]): Hit | undefined {
  let first: Hit | undefined;
  for (const { head } of answers) if (head && (!first || isBefore(head, first))) first = head;
  return first;
}

/**
 * Whether an event passes that the limits have left out. To be asked when all is merged.
 * @param read Gives the JSON of an event; undefined when it is gone.
 */
export async function leavesOut(
  answers: readonly FilterPages[],
  read: (hit: Hit) => Promise<string | undefined>,
): Promise<boolean> {
  for (const answer of answers) {
    for await (const hit of answer.rest()) {
      const others = answers.filter((other) => other.reaches(hit));
      if (others.length === 0) return true;
      const json = await read(hit);
      if (json === undefined) continue;
      const event = JSON.parse(json);
      if (!others.some((other) => other.passes(event))) return true;
    }
  }
  return false;
}
