import assert from "node:assert/strict";
import { filterRules } from "../../src/policy/filter_rules.ts";
import { test } from "../harness.ts";
import { ALICE, client, refusal } from "./asking.ts";

const options = {
  maxFilters: 2,
  defaultLimit: 500,
  maxLimit: 5_000,
  limitScrapers: false,
  readers: { authRequired: false },
  nip42: true,
};

test("filter rules: filters come back with their limits settled", () => {
  const asked = [{ kinds: [1] }, { limit: 9_999 }];
  const settled = [{ kinds: [1], limit: 500 }, { limit: 5_000 }];
  assert.deepEqual(filterRules(options)(asked, client()), settled);
});

test("filter rules: who may not read at all hears of that first", () => {
  const rules = filterRules({ ...options, readers: { authRequired: true } });
  assert.match(refusal(() => rules([{}, {}, {}], client()))!, /^auth-required: /);
  assert.match(refusal(() => rules([{}, {}, {}], client(ALICE)))!, /^invalid: /);
});

test("filter rules: then too many filters are refused", () => {
  const rules = filterRules({ ...options, limitScrapers: true });
  assert.match(refusal(() => rules([{}, {}, {}], client()))!, /^invalid: there are 3 filters/);
});

test("filter rules: scrapers are refused only where the operator wants that", () => {
  assert.equal(refusal(() => filterRules(options)([{}], client())), undefined);
  assert.match(
    refusal(() => filterRules({ ...options, limitScrapers: true })([{}], client()))!,
    /^blocked: /,
  );
});
