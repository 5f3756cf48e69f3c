import assert from "node:assert/strict";
import type { Filter } from "../../src/protocol/filter.ts";
import { type Plan, plan } from "../../src/storage/plan.ts";
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
