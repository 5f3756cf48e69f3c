import assert from "node:assert/strict";
import { Semaphore } from "../../src/flow/semaphore.ts";
import { handleEvent } from "../../src/handler/event.ts";
import { takeForeign } from "../../src/handler/foreign.ts";
import { Rejection } from "../../src/protocol/reason.ts";
import { test } from "../harness.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { session } from "./session.ts";

/** A relay on which this author is, or is not, one of those who may write by their identifiers. */
function relay({ admits }: { admits: boolean }) {
  const saved: unknown[] = [], vanished: unknown[] = [];
  const { session: client } = session({
    repository: {
      has: () => Promise.resolve(false),
      save: (event: unknown) => Promise.resolve(saved.push(event) && "stored"),
      vanish: (who: unknown[]) => Promise.resolve(void vanished.push(...who)),
    },
    identities: {
      admit: () => admits ? Promise.resolve() : Promise.reject(new Rejection("blocked", "nobody knows you")),
    },
    intake: new Semaphore(1),
    stopped: new AbortController().signal,
  });
  return { client, saved, vanished };
}

test("an author whose identifier is not confirmed can't write, whether a client or another relay brings it", async () => {
  const event = signedEvent();
  for (const admits of [true, false]) {
    const { client, saved } = relay({ admits });
    const answer = JSON.parse(await handleEvent(client, event, 100));
    assert.deepEqual(answer.slice(2), admits ? [true, ""] : [false, "blocked: nobody knows you"]);
    assert.equal(await takeForeign(client.services, event), admits ? "stored" : "blocked");
    assert.equal(saved.length, admits ? 2 : 0);
  }
});

test("a request to vanish is followed though its author can't write, and not kept then, whoever brings it", async () => {
  const event = signedEvent({ kind: 62, tags: [["relay", "ALL_RELAYS"]] });
  const note = { pubkey: event.pubkey, until: event.created_at };
  for (const admits of [true, false]) {
    const { client, saved, vanished } = relay({ admits });
    assert.deepEqual(JSON.parse(await handleEvent(client, event, 100)).slice(2), [true, ""]);
    assert.equal(await takeForeign(client.services, event), "stored");
    assert.equal(saved.length, admits ? 2 : 0);
    assert.deepEqual(vanished, admits ? [] : [note, note]);
  }
});
