import assert from "node:assert/strict";
import fc from "fast-check";
import type { Filter } from "../../src/protocol/filter.ts";
import { FilterIndex } from "../../src/subscription/filter_index.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { arbitraryEvent, arbitraryFilter, naiveMatch } from "../properties/oracle.ts";
import { test } from "../harness.ts";

test("live matches are those of a naive scan, whatever the filters and however they come and go", () => {
  for (const prefixes of [false, true]) {
    fc.assert(
      fc.property(
        fc.array(fc.array(arbitraryFilter({ prefixes }), { minLength: 1, maxLength: 4 }), { maxLength: 30 }),
        fc.array(arbitraryEvent(), { minLength: 1, maxLength: 20 }),
        fc.infiniteStream(fc.boolean()),
        (subscriptions, events, stays) => {
          const index = new FilterIndex<number>({ prefixes });
          subscriptions.forEach((filters, owner) => index.add(owner, filters));
          const open = subscriptions.flatMap((filters, owner) => {
            if (stays.next().value) return [{ filters, owner }];
            index.remove(owner);
            return [];
          });
          assert.equal(index.size, open.length);
          for (const { event } of events) {
            const expected = open
              .filter(({ filters }) => filters.some((filter) => naiveMatch(event, filter, { prefixes })))
              .map(({ owner }) => owner);
            assert.deepEqual([...index.match(event)].sort(), expected.sort());
          }
        },
      ),
      { numRuns: 500 },
    );
  }
});

/** Counts how often filters are tried, by giving them a list that tells when it is asked. */
function counting(filter: Filter): { filter: Filter; tried: () => number } {
  let tried = 0;
  const kinds = new Proxy([1], {
    get: (target, name) => {
      if (name === "includes") tried++;
      return Reflect.get(target, name);
    },
  });
  return { filter: { ...filter, kinds }, tried: () => tried };
}

for (
  const [rule, filter] of [
    ["ids", { ids: [hex(100)] }],
    ["authors", { authors: [hex(100)] }],
    ["a tag", { tags: [{ name: "t", values: ["other"] }] }],
    ["an author and a common topic", { authors: [hex(100)], tags: [{ name: "t", values: ["common"] }] }],
  ] as [string, Filter][]
) {
  test(`a filter that names ${rule} costs an event nothing that has none of it`, () => {
    const { filter: counted, tried } = counting(filter);
    const index = new FilterIndex<string>();
    index.add("a", [counted]);
    index.match(fakeEvent({ tags: [["t", "common"]] }).event);
    assert.equal(tried(), 0);
  });
}

test("an owner with several matching filters is found once", () => {
  const index = new FilterIndex<string>();
  index.add("a", [{}, { kinds: [1] }, { authors: [hex(1)] }]);
  assert.deepEqual([...index.match(fakeEvent().event)], ["a"]);
});
