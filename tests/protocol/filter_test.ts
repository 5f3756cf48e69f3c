import assert from "node:assert/strict";
import { type Filter, matcher, readFilter } from "../../src/protocol/filter.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

for (
  const [rule, given, expected] of [
    ["nothing asks for everything", {}, {}],
    ["lists and numbers", { ids: [hex(1)], kinds: [0, 65_535], since: 1, until: 2, limit: 0 }, {
      ids: [hex(1)],
      kinds: [0, 65_535],
      since: 1,
      until: 2,
      limit: 0,
    }],
    ["tags of both cases, kept apart", { "#t": ["a"], "#T": ["b"] }, {
      tags: [{ name: "t", values: ["a"] }, { name: "T", values: ["b"] }],
    }],
    ["empty lists", { ids: [], "#t": [] }, { ids: [], tags: [{ name: "t", values: [] }] }],
    ["values that are named like an object's own", { "#t": ["__proto__", "constructor"] }, {
      tags: [{ name: "t", values: ["__proto__", "constructor"] }],
    }],
  ] as const
) {
  test(`a filter may have ${rule}`, () => assert.deepEqual(readFilter(given), expected));
}

for (
  const [rule, given, prefix, complaint] of [
    ["a list for a filter", [], "invalid", /must be a JSON object/],
    ["null for a filter", null, "invalid", /must be a JSON object/],
    ["a string for a filter", "x", "invalid", /must be a JSON object/],
    ["a short id", { ids: ["ab"] }, "invalid", /each of ids must be 64/],
    ["an author in capitals", { authors: ["A".repeat(64)] }, "invalid", /each of authors must be 64/],
    ["#e that is no id", { "#e": ["x"] }, "invalid", /each of #e must be 64/],
    ["#p that is no pubkey", { "#p": ["x"] }, "invalid", /each of #p must be 64/],
    ["ids that are no list", { ids: hex(1) }, "invalid", /ids must be an array/],
    ["a kind as a string", { kinds: ["1"] }, "invalid", /each of kinds must be a whole number/],
    ["a kind out of range", { kinds: [65_536] }, "invalid", /each of kinds/],
    ["a number in a tag list", { "#t": [1] }, "invalid", /each of #t must be a string/],
    ["a negative since", { since: -1 }, "invalid", /since must be/],
    ["a fraction in until", { until: 1.5 }, "invalid", /until must be/],
    ["a limit as a string", { limit: "5" }, "invalid", /limit must be/],
    ["a limit beyond 2^53", { limit: 2 ** 53 }, "invalid", /limit must be/],
    ["an unknown key", { search: "x" }, "unsupported", /"search"/],
    ["a tag of several letters", { "#alt": ["x"] }, "unsupported", /"#alt"/],
    ["a tag that is no letter", { "#1": ["x"] }, "unsupported", /"#1"/],
    ["__proto__", JSON.parse('{"__proto__": [1]}'), "unsupported", /"__proto__"/],
    ["constructor", { constructor: 1 }, "unsupported", /"constructor"/],
  ] as const
) {
  test(`a filter is refused: ${rule}`, () => {
    assert.throws(() => readFilter(given), (error: unknown) => {
      const rejection = error as { prefix: string; sentence: string };
      assert.equal(rejection.prefix, prefix);
      assert.match(rejection.sentence, complaint);
      return true;
    });
  });
}

const event = fakeEvent({
  id: hex(9),
  pubkey: hex(1),
  created_at: 10,
  kind: 1,
  tags: [["t", "cat", "dog"], ["t", "bird"], ["T", "fish"], ["alt", "x"], ["e"]],
}).event;

const many = Array.from({ length: 50 }, (_, at) => hex(at));

for (
  const [rule, filter, expected] of [
    ["an empty filter passes all", {}, true],
    ["the id", { ids: [hex(8), hex(9)] }, true],
    ["another id", { ids: [hex(8)] }, false],
    ["one of many ids", { ids: many }, true],
    ["the author", { authors: [hex(1)] }, true],
    ["another author", { authors: [hex(2)] }, false],
    ["one of many authors", { authors: many }, true],
    ["the kind", { kinds: [0, 1] }, true],
    ["another kind", { kinds: [2] }, false],
    ["since is inclusive", { since: 10 }, true],
    ["since after it", { since: 11 }, false],
    ["until is inclusive", { until: 10 }, true],
    ["until before it", { until: 9 }, false],
    ["a tag's first value", { tags: [{ name: "t", values: ["bird", "x"] }] }, true],
    ["a tag's second value is not indexed", { tags: [{ name: "t", values: ["dog"] }] }, false],
    ["the case of a tag's letter counts", { tags: [{ name: "t", values: ["fish"] }] }, false],
    ["a tag without a value", { tags: [{ name: "e", values: [""] }] }, false],
    ["two tag conditions must both pass", {
      tags: [{ name: "t", values: ["cat"] }, { name: "T", values: ["x"] }],
    }, false],
    [
      "all of several fields",
      { kinds: [1], authors: [hex(1)], tags: [{ name: "T", values: ["fish"] }] },
      true,
    ],
    ["an empty ids list matches nothing", { ids: [] }, false],
    ["an empty kinds list matches nothing", { kinds: [] }, false],
    ["an empty tag list matches nothing", { tags: [{ name: "t", values: [] }] }, false],
    ["limit plays no part", { limit: 0 }, true],
  ] as [string, Filter, boolean][]
) {
  test(`matching: ${rule}`, () => assert.equal(matcher(filter)(event), expected));
}

test("prefixes of ids and authors are refused unless the operator wants them", () => {
  assert.deepEqual(readFilter({ ids: ["0a"], authors: ["f"] }, { prefixes: true }), {
    ids: ["0a"],
    authors: ["f"],
  });
  for (const prefix of ["", "xyz", "A", "0".repeat(65)]) {
    assert.throws(() => readFilter({ ids: [prefix] }, { prefixes: true }), /1 to 64 lowercase hex digits/);
  }
});

test("with prefixes, ids and authors match by their beginning; tags still do not", () => {
  const matches = (filter: Filter) => matcher(filter, { prefixes: true })(event);
  assert.equal(matches({ ids: [hex(9).slice(0, 63)] }), true);
  assert.equal(matches({ authors: ["1", "000"] }), true);
  assert.equal(matches({ authors: ["1"] }), false);
  assert.equal(matches({ tags: [{ name: "t", values: ["ca"] }] }), false);
});
