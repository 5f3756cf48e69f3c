import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Newest } from "../../src/storage/sqlite/newest.ts";
import { migrate } from "../../src/storage/sqlite/schema.ts";
import { closing } from "../fixtures/closing.ts";
import { test } from "../harness.ts";

/** So many that dozens want a place which another has. */
const AUTHORS = 4_000;

const KINDS = [0, 1, 65_535];

test("sqlite: how new an author's newest event of a kind is, is known of all authors, again and again", () => {
  using database = closing(new DatabaseSync(":memory:"));
  migrate(database.held);
  const insert = database.held.prepare("INSERT INTO by_author VALUES (?, ?, ?, 7, 7)");
  const newest = new Newest(database.held), expected = new Map<string, number>();
  const authors = Array.from({ length: AUTHORS }, (_, n) => (n - AUTHORS / 2) * 67_108_859); // of both signs
  for (let round = 1; round <= 3; round++) {
    for (const [n, author] of authors.entries()) {
      for (const kind of KINDS) {
        const pair = `${author} ${kind}`;
        if ((n + kind) % 4 > 0) {
          insert.run(author, kind, -round * (n + 1));
          expected.set(pair, -round * (n + 1));
        } else expected.set(pair, Infinity);
      }
    }
    newest.clear();
    for (let asked = 0; asked < 2; asked++) {
      for (const author of authors) {
        for (const kind of KINDS) assert.equal(newest.past(author, kind), expected.get(`${author} ${kind}`));
      }
    }
  }
});
