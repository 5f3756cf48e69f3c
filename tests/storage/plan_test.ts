import assert from "node:assert/strict";
import type { Filter } from "../../src/protocol/filter.ts";
import { Privacy } from "../../src/protocol/privacy.ts";
import { type Plan, plan, privateParts } from "../../src/storage/plan.ts";
import { hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const [A, B] = [hex(1), hex(2)];
const e = { name: "e", values: [A, B] };
const p = { name: "p", values: [A] };
const d = { name: "d", values: ["x"] };
const t = { name: "t", values: ["x", "y"] };

const chosen: [rule: string, filter: Filter, plan: Plan][] = [
  ["no condition: time", {}, { index: "time" }],
  ["only a time range: time", { since: 1, until: 2, limit: 3 }, { index: "time" }],
  ["kinds", { kinds: [1, 7], since: 1 }, { index: "kind", kinds: [1, 7] }],
  ["authors", { authors: [A, B] }, { index: "author", authors: [A, B], kinds: undefined }],
  ["authors with kinds", { authors: [A], kinds: [1, 7] }, { index: "author", authors: [A], kinds: [1, 7] }],
  ["a tag before kinds", { kinds: [1], tags: [t] }, { index: "tag", tag: t }],
  ["ids before all else", { ids: [A], authors: [B], kinds: [1], tags: [e] }, { index: "id", ids: [A] }],
  ["of several tags the one with the fewest values", { tags: [t, d] }, { index: "tag", tag: d }],
  ["a tag that names events before one that names people", { tags: [p, e] }, { index: "tag", tag: e }],
  ["a tag that names events before authors", { authors: [A], tags: [e] }, { index: "tag", tag: e }],
  ["one author before a d value, which anybody may use", { authors: [A], kinds: [30_000], tags: [d] }, {
    index: "author",
    authors: [A],
    kinds: [30_000],
  }],
  ["a d value before many authors", { authors: [A, B], tags: [d] }, { index: "tag", tag: d }],
  ["nothing for an empty list", { ids: [A], kinds: [] }, { index: "none" }],
  ["nothing for an empty list of tag values", { tags: [e, { name: "p", values: [] }] }, { index: "none" }],
  ["nothing for a range backwards", { since: 2, until: 1 }, { index: "none" }],
  ["time for very many kinds", { kinds: Array.from({ length: 300 }, (_, n) => n) }, { index: "time" }],
];

for (const [rule, filter, expected] of chosen) {
  test(`plan: ${rule}`, () => assert.deepEqual(plan(filter), expected));
}

const privacy = new Privacy(new Set([4, 1_059]), new Set([A]));

for (
  const [rule, filter] of [
    ["public kinds are asked for too", { kinds: [1, 4], privacy }],
    ["any kind is", { privacy }],
    ["authors are named", { kinds: [4], authors: [A, B], privacy }],
    ["recipients are named", { kinds: [4], tags: [p], privacy }],
    ["ids are", { kinds: [4], ids: [A], privacy }],
    ["all may be seen", { kinds: [4] }],
  ] as [string, Filter][]
) {
  test(`private parts: there are none when ${rule}`, () => assert.equal(privateParts(filter), undefined));
}

test("private parts: what the reader has written, and what the reader was sent", () => {
  assert.deepEqual(privateParts({ kinds: [4, 1_059], since: 1, tags: [t], privacy }), [
    { kinds: [4, 1_059], since: 1, tags: [t], authors: [A] },
    { kinds: [4, 1_059], since: 1, tags: [t, p] },
  ]);
});

test("plan: who has not authenticated sees no private event, so none is looked for", () => {
  const nobody = new Privacy(privacy.kinds, new Set());
  assert.deepEqual(plan({ kinds: [1, 4], privacy: nobody }), { index: "kind", kinds: [1] });
  assert.deepEqual(plan({ kinds: [4], privacy: nobody }), { index: "none" });
});
