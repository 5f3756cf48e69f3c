import assert from "node:assert/strict";
import { hash } from "node:crypto";
import fc from "fast-check";
import { nip77 } from "nostr-tools";
import type { Steps } from "../../src/flow/steps.ts";
import type { Identities } from "../../src/protocol/identities.ts";
import { Rejection } from "../../src/protocol/reason.ts";
import { initiate, learn, respond, VERSION } from "../../src/sync/reconcile.ts";
import { RecordSet } from "../../src/sync/record_set.ts";
import { test } from "../harness.ts";

interface Item {
  readonly time: number;
  readonly id: string;
}

const MOST = 4_096;

/** Records as stored queries give them: newest first, ties by the lowest id, in pages. */
function recordSet(items: readonly Item[], page = 100): RecordSet {
  const sorted = items.toSorted((a, b) => b.time - a.time || (a.id < b.id ? -1 : 1));
  const pages: Identities[] = [];
  for (let at = 0; at < sorted.length; at += page) {
    const part = sorted.slice(at, at + page);
    pages.push({
      times: Float64Array.from(part, ({ time }) => time),
      ids: Uint8Array.from(part.flatMap(({ id }) => [...fromHex(id)])),
    });
  }
  return answer(RecordSet.from(pages));
}

function vector(items: readonly Item[]): nip77.NegentropyStorageVector {
  const storage = new nip77.NegentropyStorageVector();
  for (const { time, id } of items) storage.insert(time, id);
  storage.seal();
  return storage;
}

function answer<Answer>(steps: Steps<Answer>): Answer {
  while (true) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

const fromHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (digits) => parseInt(digits, 16));
const toHex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const sorted = (items: readonly Item[]) => items.map(({ id }) => id).sort();

const item = (time: number, n: number): Item => ({ time, id: hash("sha256", `${n}`) });

/** What one side has and the other lacks, as our own initiator finds out. */
function differencesBetween(ours: readonly Item[], theirs: readonly Item[], most = MOST) {
  const client = recordSet(ours), relay = recordSet(theirs);
  const have: string[] = [], need: string[] = [];
  const differences = {
    have: (id: Uint8Array) => have.push(toHex(id)),
    need: (id: Uint8Array) => need.push(toHex(id)),
  };
  let message = initiate(client), rounds = 0, bytes = message.length;
  while (message.length > 1) {
    const reply = answer(respond(relay, message, most));
    assert.ok(reply.length <= most, `an answer of ${reply.length} bytes`);
    message = answer(learn(client, reply, most, differences));
    assert.ok(message.length <= most, `a message of ${message.length} bytes`);
    bytes += reply.length + message.length;
    assert.ok(++rounds < 1_000, "it comes to an end");
  }
  return { have: have.sort(), need: need.sort(), rounds, bytes };
}

const items = fc.uniqueArray(fc.record({ time: fc.nat(30), n: fc.nat(500) }), {
  maxLength: 300,
  selector: ({ n }) => n,
}).map((list) => list.map(({ time, n }) => item(n % 7 === 0 ? time : n % 5, n)));

test("NIP-77: both sides' differences are found, whatever they are", () => {
  fc.assert(
    fc.property(items, items, fc.constantFrom(MOST, 100_000), (ours, theirs, most) => {
      const inTheirs = new Set(sorted(theirs)), inOurs = new Set(sorted(ours));
      const { have, need } = differencesBetween(ours, theirs, most);
      assert.deepEqual(have, sorted(ours.filter(({ id }) => !inTheirs.has(id))));
      assert.deepEqual(need, sorted(theirs.filter(({ id }) => !inOurs.has(id))));
    }),
    { numRuns: 150 },
  );
});

test("NIP-77: a client that others wrote finds the same differences", () => {
  fc.assert(
    fc.property(items, items, (ours, theirs) => {
      const inTheirs = new Set(sorted(theirs)), inOurs = new Set(sorted(ours));
      const relay = recordSet(theirs), client = new nip77.Negentropy(vector(ours));
      const have: string[] = [], need: string[] = [];
      let message: string | null = client.initiate();
      for (let rounds = 0; message !== null; rounds++) {
        const reply = answer(respond(relay, fromHex(message), MOST));
        message = client.reconcile(
          toHex(reply),
          (id: string) => have.push(id),
          (id: string) => need.push(id),
        );
        assert.ok(rounds < 1_000, "it comes to an end");
      }
      assert.deepEqual(have.sort(), sorted(ours.filter(({ id }) => !inTheirs.has(id))));
      assert.deepEqual(need.sort(), sorted(theirs.filter(({ id }) => !inOurs.has(id))));
    }),
    { numRuns: 100 },
  );
});

test("NIP-77: messages keep to their size where everything differs, within one second too", () => {
  for (const seconds of [1, 40, 4_000]) {
    const items = (first: number) => Array.from({ length: 2_000 }, (_, n) => item(n % seconds, first + n));
    const { have, need } = differencesBetween(items(0), items(1_000_000));
    assert.deepEqual([have.length, need.length], [2_000, 2_000]);
  }
});

test("NIP-77: sides that agree need one message each way, whatever they hold", () => {
  const all = Array.from({ length: 20_000 }, (_, n) => item(n >> 2, n));
  const { have, need, rounds, bytes } = differencesBetween(all, all);
  assert.deepEqual({ have, need, rounds }, { have: [], need: [], rounds: 1 });
  assert.ok(bytes < 500, `${bytes} bytes`);
});

test("NIP-77: a few differences among many records cost few bytes", () => {
  const all = Array.from({ length: 20_000 }, (_, n) => item(n, n));
  const { have, need, bytes } = differencesBetween(
    all.slice(3),
    all.filter((_, n) => n % 5_000 !== 7),
    100_000,
  );
  assert.deepEqual([have.length, need.length], [4, 3]);
  assert.ok(bytes < 20_000, `${bytes} bytes instead of 640,000`);
});

test("NIP-77: full messages lose nothing of what was found out: small ones cost hardly more bytes in all", () => {
  const all = Array.from({ length: 12_000 }, (_, n) => item(n, n));
  const ours = all.filter((_, n) => n % 61 !== 7), theirs = all.filter((_, n) => n % 67 !== 9);
  const [small, large] = [16_384, 1_000_000].map((most) => differencesBetween(ours, theirs, most));
  assert.ok(small!.bytes < 1.5 * large!.bytes, `${small!.bytes} bytes instead of ${large!.bytes}`);
});

test("NIP-77: a message of another version is answered with the version we know", () => {
  const records = recordSet([item(1, 1)]);
  assert.deepEqual([...answer(respond(records, Uint8Array.of(0x62, 1, 2, 3), MOST))], [VERSION]);
});

const broken: [name: string, message: number[]][] = [
  ["is empty", []],
  ["ends in a bound", [VERSION, 0x81]],
  ["ends in a fingerprint", [VERSION, 0, 0, 1, 1, 2, 3]],
  ["promises more ids than it holds", [VERSION, 0, 0, 2, 0xff, 0xff, 0xff, 0x7f, 1]],
  ["has a prefix of 33 bytes", [VERSION, 1, 33, ...new Array(40).fill(0)]],
  ["has an unknown mode", [VERSION, 0, 0, 7]],
  ["has a number beyond all bounds", [VERSION, ...new Array(30).fill(0xff)]],
];
for (const [name, message] of broken) {
  test(`NIP-77: a message that ${name} is invalid`, () => {
    const records = recordSet(Array.from({ length: 100 }, (_, n) => item(n, n)));
    assert.throws(
      () => answer(respond(records, Uint8Array.from(message), MOST)),
      (error) => error instanceof Rejection && error.prefix === "invalid",
    );
  });
}
