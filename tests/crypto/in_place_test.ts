import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { inPlace } from "../../src/crypto/in_place.ts";
import { noble } from "../../src/crypto/noble.ts";
import { RECORD_BYTES } from "../../src/crypto/record.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { secretKey, signedAndEncoded } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

/** Calls everything right, counts what it was asked, and how often it was closed. */
function countingEngine() {
  const seen = { records: 0, closed: 0 };
  const check = (bytes: Uint8Array) => {
    const count = bytes.length / RECORD_BYTES;
    seen.records += count;
    return new Uint8Array(count).fill(1);
  };
  return { seen, engine: { name: "counting", check, close: () => void seen.closed++ } };
}

test("in place: a right signature gives the event, a wrong one undefined", async () => {
  const verifier = inPlace(noble);
  const right = signedAndEncoded();
  const forged = signedAndEncoded({}, secretKey(2));
  assert.equal(await verifier.verify(right), right);
  assert.equal(
    await verifier.verify({ ...forged, event: { ...forged.event, pubkey: right.event.pubkey } }),
    undefined,
  );
  verifier.close();
});

test("in place: many at once leave the event loop its turns", async () => {
  const { seen, engine } = countingEngine();
  const verifier = inPlace(engine);
  const all = Promise.all(Array.from({ length: 100 }, () => verifier.verify(fakeEvent())));
  await nextTurn();
  assert.ok(seen.records < 100, `${seen.records} were checked in one turn`);
  assert.ok(verifier.depth > 0);
  assert.equal((await all).length, 100);
  assert.equal(seen.records, 100);
  verifier.close();
});

test("in place: close settles what waits and what comes later, and closes the engine once", async () => {
  const { seen, engine } = countingEngine();
  const verifier = inPlace(engine);
  const waiting = Array.from({ length: 100 }, () => verifier.verify(fakeEvent()));
  verifier.close();
  verifier.close();
  const outcomes = await Promise.allSettled([...waiting, verifier.verify(fakeEvent())]);
  assert.deepEqual(new Set(outcomes.map(({ status }) => status)), new Set(["rejected"]));
  assert.deepEqual(seen, { records: 0, closed: 1 });
});
