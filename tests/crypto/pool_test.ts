import assert from "node:assert/strict";
import { openPool } from "../../src/crypto/pool.ts";
import type { Verifier } from "../../src/crypto/verifier.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { secretKey, signedAndEncoded } from "../fixtures/signed.ts";
import { test } from "../harness.ts";
import { testNative } from "./engines.ts";
import { failing } from "./failures.ts";

const failingWorker = new URL("./failing_worker.ts", import.meta.url);

/** Opens a pool for a test and closes it, whatever happens. */
async function withPool(
  options: Partial<Parameters<typeof openPool>[0]>,
  body: (pool: Verifier) => Promise<void>,
): Promise<void> {
  const pool = await openPool({ threads: 1, engine: "noble", ...options });
  try {
    await body(pool);
  } finally {
    pool.close();
  }
}

const right = signedAndEncoded();
const wrong = signedAndEncoded({ content: "signed by somebody else" }, secretKey(2));
const forged = { ...wrong, event: { ...wrong.event, pubkey: right.event.pubkey } };

test("pool: a right signature gives the event, a wrong one undefined", () =>
  withPool({}, async (pool) => {
    assert.equal(await pool.verify(right), right);
    assert.equal(await pool.verify(forged), undefined);
  }));

test("pool: says how it checks", () =>
  withPool({ threads: 2 }, (pool) => {
    assert.equal(pool.description, "noble (JavaScript), 2 threads");
    return Promise.resolve();
  }));

testNative("pool: its threads load the library", () =>
  withPool({ engine: "native" }, async (pool) => {
    assert.equal(pool.description, "libsecp256k1 (native), 1 thread");
    assert.equal(await pool.verify(right), right);
    assert.equal(await pool.verify(forged), undefined);
  }));

test("pool: under load each gets the answer to its own event", () =>
  withPool({ engine: "auto", threads: 3 }, async (pool) => {
    const asked = Array.from({ length: 2_000 }, (_, n) => n % 3 === 0 ? { ...forged } : { ...right });
    const answers = await Promise.all(asked.map((event) => pool.verify(event)));
    answers.forEach((answer, n) => assert.equal(answer, n % 3 === 0 ? undefined : asked[n]));
  }));

test("pool: depth counts what waits for a thread", () =>
  withPool({ script: failingWorker }, async (pool) => {
    const stuck = [0, 1, 2, 3].map(() => pool.verify(failing("hangs")));
    await Promise.resolve(); // the batches leave a microtask later
    assert.equal(pool.depth, 0);
    stuck.push(pool.verify(fakeEvent()), pool.verify(fakeEvent()));
    await Promise.resolve();
    assert.equal(pool.depth, 2);
    pool.close();
    await Promise.allSettled(stuck);
    assert.equal(pool.depth, 0);
  }));

test("pool: close settles what is under way, what waits, and what comes later", () =>
  withPool({ script: failingWorker }, async (pool) => {
    const open = Array.from({ length: 600 }, () => pool.verify(failing("hangs")));
    await Promise.resolve();
    open.push(pool.verify(fakeEvent()));
    pool.close();
    pool.close(); // twice is no harm
    open.push(pool.verify(fakeEvent()));
    const outcomes = await Promise.allSettled(open);
    assert.deepEqual(new Set(outcomes.map(({ status }) => status)), new Set(["rejected"]));
  }));

for (const how of ["refuses", "dies"] as const) {
  test(`pool: when a thread ${how}, what it had rejects and a new one takes over`, () =>
    withPool({ script: failingWorker }, async (pool) => {
      await assert.rejects(pool.verify(failing(how)), /cannot check this|a bug in the worker/);
      const event = fakeEvent();
      assert.equal(await pool.verify(event), event);
    }));
}

const EXITS = "pool: when a thread exits, what it had rejects and a new one takes over";
if (!("Bun" in globalThis)) {
  test.skip(EXITS, "Deno does not tell when a worker exits; ours never do so themselves");
} else {
  test(EXITS, () =>
    withPool({ script: failingWorker }, async (pool) => {
      await assert.rejects(pool.verify(failing("exits")), /exited/);
      const event = fakeEvent();
      assert.equal(await pool.verify(event), event);
    }));
}

test("pool: a script that is not there rejects the opening", () =>
  assert.rejects(
    withPool({ script: new URL("./no_such_worker.ts", import.meta.url) }, () => Promise.resolve()),
  ));
