import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { newestFirst, type NostrEvent, type VerifiedEvent } from "../../src/protocol/event.ts";
import type { Filter } from "../../src/protocol/filter.ts";
import { Reader } from "../../src/storage/sqlite/reader.ts";
import { migrate } from "../../src/storage/sqlite/schema.ts";
import { Writer } from "../../src/storage/sqlite/writer.ts";
import { closing } from "../fixtures/closing.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const authors = (howMany: number) => Array.from({ length: howMany }, (_, n) => hex(n));

/** Of so many, the newest events of a kind are looked at before those of each author. */
const FEW = authors(6), MANY = authors(40);

/** A few write nearly everything, in a few seconds. */
const event = fc.record({
  pubkey: fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(80) }).map(
    hex,
  ),
  kind: fc.constantFrom(0, 1, 1, 6),
  created_at: fc.nat(9),
  content: fc.nat(1_000_000).map(String),
}).map((given) => fakeEvent(given));

interface Change {
  readonly save: readonly VerifiedEvent[];
  /** Which of the stored events goes. */
  readonly remove: number | null;
}

/** Between two steps of a query. */
const change: fc.Arbitrary<Change> = fc.record({
  save: fc.array(event, { maxLength: 8 }),
  remove: fc.option(fc.nat()),
});

const filter: fc.Arbitrary<Filter> = fc.record({
  authors: fc.constantFrom(FEW, FEW, MANY),
  kinds: fc.constantFrom([1, 6], [0, 1, 6], undefined),
  since: fc.constantFrom(undefined, undefined, 3),
  until: fc.constantFrom(undefined, undefined, 6),
  limit: fc.constantFrom(1, 3, 10, undefined),
});

const fits = ({ authors, kinds, since = 0, until = Infinity }: Filter) => (event: NostrEvent) =>
  authors!.includes(event.pubkey) && (kinds?.includes(event.kind) ?? true) && since <= event.created_at &&
  event.created_at <= until;

const storedIn = (database: DatabaseSync): NostrEvent[] =>
  database.prepare("SELECT json FROM event").all().map(({ json }) => JSON.parse(String(json)));

test("sqlite: whatever comes and goes between a feed's pages, what stays is in it once, in its place", () =>
  fc.assert(
    fc.property(
      fc.nat(60),
      fc.array(change, { minLength: 1, maxLength: 12 }),
      fc.array(fc.record({ filter, meanwhile: fc.array(change, { maxLength: 3 }) }), { maxLength: 8 }),
      (lag, before, questions) => {
        using database = closing(new DatabaseSync(":memory:"));
        migrate(database.held);
        const stored = () => storedIn(database.held), writer = new Writer(database.held, lag);
        const play = ({ save, remove }: Change) => {
          writer.save(save.map(({ json }) => json));
          const events = stored();
          if (remove !== null && events.length > 0) writer.remove([events[remove % events.length]!.id]);
        };
        const reader = new Reader(database.held, { events: 2, size: 100_000, milliseconds: 0 });
        before.forEach(play);
        for (const { filter, meanwhile } of questions) {
          const atFirst = new Set(stored().map(({ id }) => id));
          let page = reader.page(1, 0, { filters: [filter] });
          const found = page.events;
          for (const change of meanwhile) {
            if (page.done) break;
            play(change);
            found.push(...(page = reader.page(1, 0)).events);
          }
          while (!page.done) found.push(...(page = reader.page(1, 0)).events);
          const events = found.map((json) => JSON.parse(json) as NostrEvent);
          assert.deepEqual(events, [...events].sort(newestFirst));
          assert.equal(new Set(found).size, found.length);
          assert.ok(events.every(fits(filter)));
          const ids = new Set(events.map(({ id }) => id)), last = events.at(-1);
          const isWhole = events.length < (filter.limit ?? Infinity);
          const stayed = stored().filter((event) => atFirst.has(event.id) && fits(filter)(event));
          const missing = stayed.filter((event) =>
            !ids.has(event.id) && (isWhole || newestFirst(event, last!) < 0)
          );
          assert.deepEqual(missing, []);
        }
      },
    ),
    { numRuns: 1_000 },
  ));
