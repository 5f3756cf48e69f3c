import assert from "node:assert/strict";
import { scraper } from "../../src/policy/scraper.ts";
import type { Filter } from "../../src/protocol/filter.ts";
import { test } from "../harness.ts";
import { ALICE, client, refusal } from "./asking.ts";

const REFUSED = "blocked: a filter asks for too much; it needs ids, or two of authors, kinds and a tag";
const tag = (name: string) => ({ name, values: ["x"] });

for (
  const [rule, filters, expected] of [
    ["ids alone suffice", [{ ids: [ALICE] }], undefined],
    ["authors with kinds suffice", [{ authors: [ALICE], kinds: [1] }], undefined],
    ["a tag with kinds suffices", [{ tags: [tag("t")], kinds: [1] }], undefined],
    ["a tag with authors suffices", [{ tags: [tag("t")], authors: [ALICE] }], undefined],
    ["authors alone are refused", [{ authors: [ALICE] }], REFUSED],
    ["kinds alone are refused", [{ kinds: [1], since: 1, until: 2, limit: 3 }], REFUSED],
    ["tags alone are refused, however many", [{ tags: [tag("t"), tag("p")] }], REFUSED],
    ["an empty filter is refused", [{}], REFUSED],
    ["one such filter is enough", [{ ids: [ALICE] }, { kinds: [1] }], REFUSED],
  ] as readonly [string, Filter[], string | undefined][]
) {
  test(`scrapers: ${rule}`, () => assert.equal(refusal(() => scraper(filters, client())), expected));
}
