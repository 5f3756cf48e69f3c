import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { AS_TEXT, AS_UTF8, EventLoader } from "../../src/storage/sqlite/event_loader.ts";
import { migrate } from "../../src/storage/sqlite/schema.ts";
import { Writer } from "../../src/storage/sqlite/writer.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const decoder = new TextDecoder();

/** Each with memory for four of the events below, of 1,333 units. */
const FORMS: [
  name: string,
  open: (database: DatabaseSync) => EventLoader<string> | EventLoader<Uint8Array>,
][] = [
  ["text", (database) => new EventLoader(database, AS_TEXT, 6_600)],
  ["UTF-8", (database) => new EventLoader(database, AS_UTF8, 8_100)],
];

for (const [name, open] of FORMS) {
  test(`sqlite: JSON that was read twice is remembered in ${name}, up to a bound; what expires is not`, () => {
    const database = new DatabaseSync(":memory:");
    try {
      migrate(database);
      const events = Array.from(
        { length: 9 },
        (_, n) => fakeEvent({ created_at: n, content: "x".repeat(1_000) }),
      );
      events.push(fakeEvent({ created_at: 9, tags: [["expiration", "5"]] }));
      new Writer(database).save(events.map(({ json }) => json));
      const loader = open(database);
      const load = (seq: number, { now = 4, fresh = true } = {}) => {
        const text = loader.load(seq, now, { fresh });
        return typeof text === "object" ? decoder.decode(text) : text;
      };
      const read = (seq: number) => assert.equal(load(seq), events[seq - 1]!.json);
      for (const seq of [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 9, 9, 8, 8, 10, 10, 7]) read(seq);
      assert.equal(load(10, { now: 5 }), undefined);
      database.exec("DELETE FROM event");
      assert.equal(load(9, { fresh: false }), undefined);
      const left = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].filter((seq) => load(seq) !== undefined);
      assert.deepEqual(left, [5, 6, 8, 9]);
    } finally {
      database.close();
    }
  });
}
