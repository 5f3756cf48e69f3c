import assert from "node:assert/strict";
import { calmInPlace } from "../../src/crypto/calm.ts";
import type { Engine } from "../../src/crypto/engine.ts";
import { noble } from "../../src/crypto/noble.ts";
import type { Verifier } from "../../src/crypto/verifier.ts";
import { secretKey, signedAndEncoded } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const right = signedAndEncoded();
const wrong = signedAndEncoded({ content: "signed by somebody else" }, secretKey(2));
const forged = { ...wrong, event: { ...wrong.event, pubkey: right.event.pubkey } };

/** A calm verifier whose clock the test moves, and who was asked. */
function setUp() {
  const asked: ("engine" | "pool")[] = [];
  const times = { now: 1_000 };
  const closed: string[] = [];
  const engine: Engine = {
    ...noble,
    check: (records) => {
      asked.push("engine");
      return noble.check(records);
    },
    close: () => void closed.push("engine"),
  };
  const pool: Verifier = {
    description: "a pool",
    depth: 0,
    verify: () => {
      asked.push("pool");
      return Promise.resolve(undefined);
    },
    close: () => void closed.push("pool"),
  };
  return { asked, times, closed, verifier: calmInPlace(engine, pool, () => times.now) };
}

test("calm: an event that comes alone is checked in place, rightly", async () => {
  const { asked, times, verifier } = setUp();
  assert.equal(await verifier.verify(right), right);
  times.now += 1;
  assert.equal(await verifier.verify(forged), undefined);
  assert.deepEqual(asked, ["engine", "engine"]);
});

test("calm: events in quick succession go to the pool until it is calm again", async () => {
  const { asked, times, verifier } = setUp();
  await verifier.verify(right);
  for (let more = 0; more < 3; more++) {
    times.now += 0.2;
    await verifier.verify(right);
  }
  times.now += 0.25;
  await verifier.verify(right);
  assert.deepEqual(asked, ["engine", "pool", "pool", "pool", "engine"]);
});

test("calm: nobody overtakes what is still on its way", async () => {
  const { asked, times, verifier } = setUp();
  await verifier.verify(right);
  times.now += 0.1;
  const slow = verifier.verify(right);
  times.now += 1;
  await verifier.verify(right);
  await slow;
  times.now += 1;
  await verifier.verify(right);
  assert.deepEqual(asked, ["engine", "pool", "pool", "engine"]);
});

test("calm: closed, it has let go of the engine once, and asks only the pool, which refuses", async () => {
  const { asked, closed, times, verifier } = setUp();
  verifier.close();
  verifier.close();
  times.now += 1;
  await verifier.verify(right);
  assert.deepEqual(closed, ["engine", "pool", "pool"]);
  assert.deepEqual(asked, ["pool"]);
});
