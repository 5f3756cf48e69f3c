import assert from "node:assert/strict";
import type { VerifiedEvent } from "../../src/protocol/event.ts";
import { MOST_EVENTS } from "../../src/storage/answers.ts";
import { answer } from "../../src/storage/postgres/answer.ts";
import { AnswerMemory } from "../../src/storage/postgres/answer_memory.ts";
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
  ): PageRow => [null, null, `${-event.created_at}`, `${version}`, event.id, null];
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

/** Of so many notes that the database names in pages, all that a question for them leads to; it may be remembered. */
function remembering(count: number, page: { readonly events: number; readonly bytes: number }) {
  const notes = Array.from({ length: count }, (_, nth) => fakeEvent({ created_at: count - nth }));
  const answers = new AnswerMemory(), events = new EventLoader();
  answers.restart(count);
  notes.forEach(({ json }, nth) => events.add(nth, json));
  let named = 0;
  const run: Run = <Row>({ text }: { text: string }): Promise<Row[]> => {
    if (text.includes("json")) return Promise.resolve([]);
    const rest = [...notes.entries()].slice(named, named += page.events);
    const list = (of: (nth: number, event: VerifiedEvent["event"]) => unknown, separator = ",") =>
      rest.map(([nth, { event }]) => of(nth, event)).join(separator) || null;
    const pasts = list((_, { created_at }) => -created_at), ids = list((_, { id }) => id, "");
    const row: PageRow = [null, null, pasts, list((nth) => nth), ids, null];
    return Promise.resolve([row as Row]);
  };
  return {
    notes,
    lose: (nth: number) => events.remove(nth),
    ask: async (limit: number) => {
      named = 0;
      const told: unknown[] = [];
      const found = (id: string, seq: number) => void told.push([id, seq]);
      const options = { signal, onMore: () => void told.push("more"), onLast: () => void told.push("last") };
      const reader = { run, now: () => 0, events, page, found, answers };
      for await (const jsons of answer([{ kinds: [1], limit }], options, reader)) told.push(...jsons);
      return { told, isRemembered: named === 0 };
    },
  };
}

test("postgres answer: what is remembered is given and told of as it was when the database named it", async () => {
  const { notes, ask } = remembering(3, { events: 3, bytes: 10_000 });
  const first = await ask(2), again = await ask(2);
  const [one, two] = notes.map(({ event, json }, nth) => ({ told: [event.id, nth], json }));
  assert.deepEqual(first, {
    told: [one!.told, two!.told, "more", "last", one!.json, two!.json],
    isRemembered: false,
  });
  assert.deepEqual(again, { ...first, isRemembered: true });
});

test("postgres answer: where an event that is remembered is gone, the database is asked anew", async () => {
  const { ask, lose } = remembering(1, { events: 3, bytes: 10_000 });
  await ask(2);
  lose(0);
  assert.equal((await ask(2)).isRemembered, false);
});

test("postgres answer: a thousand events are remembered, and of more not even the beginning", async () => {
  for (const count of [MOST_EVENTS, MOST_EVENTS + 1]) {
    const { ask } = remembering(count, { events: MOST_EVENTS / 2, bytes: 1_000_000 });
    await ask(2_000);
    assert.equal((await ask(2_000)).isRemembered, count === MOST_EVENTS);
  }
});
