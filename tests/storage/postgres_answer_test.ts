import assert from "node:assert/strict";
import type { VerifiedEvent } from "../../src/protocol/event.ts";
import { answer } from "../../src/storage/postgres/answer.ts";
import { EventLoader, type Run } from "../../src/storage/postgres/event_loader.ts";
import type { PageRow } from "../../src/storage/postgres/page.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const { signal } = new AbortController();
const profile = (version: number) => fakeEvent({ kind: 0, created_at: version });

/** A profile that has a new version each time that it is read, so many times: the JSON of the one named is gone then. */
function busy(times: number) {
  let version = 1, named = 0;
  const row = (
    { event }: VerifiedEvent,
  ): PageRow => [null, null, `${-event.created_at}`, `${version}`, event.id, "0"];
  const run: Run = <Row>({ text }: { text: string }): Promise<Row[]> => {
    if (!text.includes("json")) {
      named++;
      return Promise.resolve([row(profile(version)) as Row]);
    }
    if (version > times) return Promise.resolve([["1", profile(version).json] as Row]);
    version++;
    return Promise.resolve([]);
  };
  const page = { events: 10, bytes: 10_000 };
  const reader = { run, now: () => 0, events: new EventLoader(), page, found: () => {} };
  return {
    answer: () => Array.fromAsync(answer([{ kinds: [0], limit: 1 }], { signal }, reader)),
    named: () => named,
  };
}

test("postgres answer: an event that is replaced before its JSON is read gives way to its next version", async () => {
  assert.deepEqual(await busy(1).answer(), [[profile(2).json]]);
});

test("postgres answer: what is gone again and again is given up", async () => {
  const { answer, named } = busy(Infinity);
  assert.deepEqual(await answer(), [[]]);
  assert.equal(named(), 4);
});
