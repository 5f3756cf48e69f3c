import assert from "node:assert/strict";
import fc from "fast-check";
import { readSearch, relevance, searchMatcher } from "../../src/protocol/search.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const word = fc.constantFrom("a", "ab", "abc", "b", "ba", "c", "名");
const term = fc.oneof(
  word,
  word.map((each) => `${each}*`),
  fc.array(word, { maxLength: 4 }).map((words) => `"${words.join(" ")}"`),
  fc.array(word, { maxLength: 3 }).map((words) => `"${words.join(" ")}"*`),
);

test("search: an event matches when it has any relevance", () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), fc.array(term, { maxLength: 4 }), (words, terms) => {
      const search = readSearch(terms.join(" "), [1]);
      if (!search) return;
      const { event } = fakeEvent({ content: words.join(" ") });
      assert.equal(searchMatcher(search)(event), relevance(search, event) > 0);
    }),
    { numRuns: 1_000 },
  );
});
