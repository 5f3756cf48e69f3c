import assert from "node:assert/strict";
import fc from "fast-check";
import { escaped, isAscii } from "../../src/protocol/ascii.ts";
import { idOf } from "../../src/protocol/event.ts";
import { type Filter, matcher } from "../../src/protocol/filter.ts";
import { Privacy } from "../../src/protocol/privacy.ts";
import { jsonMatcher } from "../../src/storage/sqlite/json_matcher.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

/** Pieces of JSON, of which texts are made that look like it. */
const PIECES = [
  '["e","',
  '"',
  "\\",
  "]",
  ",",
  '","kind":7,',
  '"tags":[["e","x"]]',
  "x",
  "\n",
  "🦒",
  "\u0000",
];

const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 4 }).map((pieces) => pieces.join(""));
const name = fc.constantFrom("e", "E", "t", "alt", "");
/** Some share their first 48 bits. */
const person = fc.tuple(fc.nat(1), fc.nat(2)).map(([first, last]) => first + hex(last).slice(1));
const tag = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(name, fc.array(text, { maxLength: 3 })) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("p"), fc.array(fc.oneof(person, text), { maxLength: 2 })) },
).map(([name, values]) => [name, ...values]);
const part = fc.tuple(person, fc.constantFrom(1, 2, 63, 64)).map(([whole, digits]) => whole.slice(0, digits));
const kind = fc.constantFrom(0, 1, 7, 10_002, 65_535);
const second = fc.constantFrom(0, 1, 9, 10, 1_700_000_000, Number.MAX_SAFE_INTEGER);

const event = fc.record({
  id: person,
  pubkey: person,
  created_at: second,
  kind,
  tags: fc.array(tag, { maxLength: 4 }),
  content: text,
}).map(fakeEvent);

const some = <T>(value: fc.Arbitrary<T>, least = 0) =>
  fc.uniqueArray(value, { minLength: least, maxLength: 10 });
const conditions = fc.array(
  fc.record({ name: fc.constantFrom("e", "E", "t"), values: some(text, 3) }),
  { minLength: 1, maxLength: 2 },
);
const condition: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ ids: some(part) }),
  fc.record({ authors: some(part) }),
  fc.record({ kinds: some(kind) }),
  fc.record({ since: second }),
  fc.record({ until: second }),
  fc.record({ privacy: fc.record({ kinds: some(kind), readers: some(person) }).map(Privacy.from) }),
  fc.record({ tags: conditions }),
  fc.record({ tags: conditions }),
);
const filter = fc.array(condition, { maxLength: 3 }).map((parts): Filter => Object.assign({}, ...parts));

for (const prefixes of [false, true]) {
  test(`JSON passes a filter when its event does${prefixes ? ", with prefix search" : ""}`, () => {
    let passed = 0;
    const runs = 5_000;
    fc.assert(
      fc.property(filter, event, (filter, { event, json }) => {
        const passes = matcher(filter, { prefixes })(event);
        if (passes) passed++;
        for (const stored of [json, JSON.stringify(event), escaped(json)]) {
          assert.equal(jsonMatcher(filter, { prefixes })(stored), passes);
        }
        assert.equal(idOf(json), event.id);
      }),
      { numRuns: runs },
    );
    assert.ok(passed > runs / 10 && passed < runs * 9 / 10, `${passed} passed: the property says little`);
  });
}

for (const encode of [JSON.stringify, (value: unknown) => escaped(JSON.stringify(value))]) {
  const { event } = fakeEvent({ tags: [["t", "café 🦒"], ["t", "\\u00e9"]] });
  const json = encode(event);
  test(`a tag's value is found as it is written in ${isAscii(json) ? "ASCII" : "other characters"}`, () => {
    const has = (value: string) => jsonMatcher({ tags: [{ name: "t", values: [value] }] })(json);
    assert.ok(has("café 🦒"));
    assert.ok(has("\\u00e9"));
    assert.ok(!has("é"), "an escape that the author wrote is no escape of JSON");
  });
}

test("a tag's value is found behind 100,000 that are escaped", () => {
  const { json } = fakeEvent({ tags: [["t", '"\\'.repeat(100_000)], ["t", "x"]] });
  assert.ok(jsonMatcher({ tags: [{ name: "t", values: ["x"] }] })(json));
});
