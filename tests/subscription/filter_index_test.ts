import assert from "node:assert/strict";
import fc from "fast-check";
import type { NostrEvent } from "../../src/protocol/event.ts";
import type { Filter } from "../../src/protocol/filter.ts";
import { FilterIndex } from "../../src/subscription/filter_index.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { Oracle } from "../properties/oracle.ts";
import { stories } from "../properties/storage_arbitraries.ts";
import { test } from "../harness.ts";

/** Whether the oracle finds an event with these filters, expired or not: live delivery does not ask. */
function naivelyWanted(event: NostrEvent, filters: readonly Filter[], prefixes: boolean): boolean {
  const oracle = new Oracle(prefixes);
  oracle.stored = [event];
  return oracle.count(filters.map((filter) => ({ ...filter, limit: undefined })), -1) === 1;
}

for (const prefixes of [false, true]) {
  const filters = prefixes ? "filters with prefixes" : "filters";
  test(`live matches are those of a naive scan, whatever the ${filters} and however they come and go`, () => {
    fc.assert(
      fc.property(stories({ prefixes }), fc.nat(7), ({ events, steps }, leaver) => {
        const subscriptions = steps.flatMap((step) => "ask" in step ? [{ filters: step.ask }] : []);
        const index = new FilterIndex<{ filters: readonly Filter[] }>({ prefixes });
        for (const subscription of subscriptions) index.add(subscription);
        if (leaver % 2 === 0) index.match(events[0]!.event); // some leave before an event has come, some after
        const open = subscriptions.filter((_, at) => at % 8 !== leaver);
        for (const subscription of subscriptions) {
          if (!open.includes(subscription)) index.remove(subscription);
        }
        assert.equal(index.size, open.length);
        for (const { event } of events) {
          const wanted = open.filter(({ filters }) => naivelyWanted(event, filters, prefixes));
          assert.deepEqual([...index.match(event)].sort(byText), wanted.sort(byText));
        }
      }),
      { numRuns: 1_000 },
    );
  });
}

const byText = (a: unknown, b: unknown) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;

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
    const index = new FilterIndex();
    index.add({ filters: [counted] });
    index.match(fakeEvent({ tags: [["t", "common"]] }).event);
    assert.equal(tried(), 0);
  });
}

test("an owner with several matching filters is found once", () => {
  const index = new FilterIndex();
  const owner = { filters: [{}, { kinds: [1] }, { authors: [hex(1)] }] };
  index.add(owner);
  assert.deepEqual([...index.match(fakeEvent().event)], [owner]);
});
