import assert from "node:assert/strict";
import { createVerifier, defaultThreads } from "../../src/crypto/create_verifier.ts";
import { signedAndEncoded } from "../fixtures/signed.ts";
import { test } from "../harness.ts";
import { testNative } from "./engines.ts";

for (
  const [rule, cores, isNoble, expected] of [
    ["one core has no room for a thread", 1, false, 0],
    ["two cores have room for one", 2, false, 1],
    ["the native library needs no second", 64, false, 1],
    ["noble on one core has no room either", 1, true, 0],
    ["noble gets a thread for every two cores", 6, true, 3],
    ["but never more than four", 64, true, 4],
  ] as const
) {
  test(`threads: ${rule}`, () => assert.equal(defaultThreads(cores, isNoble), expected));
}

for (
  const [threads, description] of [
    [0, "noble (JavaScript), in place"],
    [1, "noble (JavaScript), 1 thread"],
    [2, "noble (JavaScript), 2 threads"],
  ] as const
) {
  test(`verifier: ${threads} threads are described as ${description}`, async () => {
    const verifier = await createVerifier({ threads, engine: "noble" });
    const event = signedAndEncoded();
    assert.equal(await verifier.verify(event), event);
    assert.deepEqual([verifier.description, verifier.warnings], [description, []]);
    verifier.close();
  });
}

testNative("verifier: native in place is described as such", async () => {
  const verifier = await createVerifier({ threads: 0, engine: "native" });
  verifier.close();
  assert.equal(verifier.description, "libsecp256k1 (native), in place");
});

test("verifier: where workers don't exist it checks in place and warns", async () => {
  const { Worker } = globalThis;
  Reflect.deleteProperty(globalThis, "Worker"); // as on Deno Deploy
  try {
    const verifier = await createVerifier({ threads: 1, engine: "noble" });
    const event = signedAndEncoded();
    assert.equal(await verifier.verify(event), event);
    assert.equal(verifier.description, "noble (JavaScript), in place");
    assert.match(verifier.warnings[0]!, /^signatures are checked in place, for no thread starts: .*Worker/);
    verifier.close();
  } finally {
    globalThis.Worker = Worker;
  }
});
