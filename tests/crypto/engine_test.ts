import fc from "fast-check";
import assert from "node:assert/strict";
import { BIP340_VECTORS } from "../../src/crypto/bip340_vectors.ts";
import type { Engine } from "../../src/crypto/engine.ts";
import { noble } from "../../src/crypto/noble.ts";
import { RECORD_BYTES, records } from "../../src/crypto/record.ts";
import { passesSelfTest } from "../../src/crypto/self_test.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";
import { testEngines, testNative, verdicts } from "./engines.ts";

for (const { rule, pubkey, message, sig, right } of BIP340_VECTORS) {
  testEngines(`BIP-340: ${rule}`, (engine) => {
    assert.deepEqual(verdicts(engine, [{ pubkey, id: message, sig }]), [right]);
  });
}

testEngines("passes the self-test", (engine) => assert.equal(passesSelfTest(engine), true));

testEngines("no records, no answers", (engine) => assert.deepEqual(verdicts(engine, []), []));

testEngines("flipping any bit of public key, id or signature makes it wrong", (engine) => {
  const record = records([signedEvent()]);
  assert.deepEqual([...engine.check(record)], [1]);
  fc.assert(fc.property(fc.nat(RECORD_BYTES * 8 - 1), (bit) => {
    const forged = record.slice();
    forged[bit >> 3]! ^= 1 << (bit & 7);
    assert.deepEqual([...engine.check(forged)], [0]);
  }));
});

testEngines("records answer in their order, whatever surrounds them", (engine) => {
  const right = signedEvent();
  const forged = { ...right, id: signedEvent({ content: "other" }).id };
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 20 }), (expected) => {
      assert.deepEqual(verdicts(engine, expected.map((isRight) => isRight ? right : forged)), expected);
    }),
    { numRuns: 20 },
  );
});

testEngines("records may lie anywhere in their buffer", (engine) => {
  const record = records([signedEvent()]);
  for (const offset of [0, 1, 3, 64]) {
    const buffer = new Uint8Array(RECORD_BYTES + 64);
    buffer.set(record, offset);
    assert.deepEqual([...engine.check(buffer.subarray(offset, offset + RECORD_BYTES))], [1]);
  }
});

testEngines("a public key of zeros is wrong, and harms nothing", (engine) => {
  const right = signedEvent();
  const nobody = { ...right, pubkey: "0".repeat(64) };
  assert.deepEqual(verdicts(engine, [nobody, right, nobody]), [false, true, false]);
});

/** Records of parts that are true, but seldom fit together, and of bytes at random. */
const mixed = fc.array(
  fc.tuple(part("pubkey", 32), part("id", 32), part("sig", 64)).map(([pubkey, id, sig]) => ({
    pubkey,
    id,
    sig,
  })),
  { maxLength: 5 },
);

function part(field: "pubkey" | "id" | "sig", bytes: number) {
  const events = [1, 2].map((n) => signedEvent({ created_at: n }, secretKey(n)));
  const random = fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((given) => given.toHex());
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...events.map((event) => event[field])) }, {
    weight: 1,
    arbitrary: random,
  });
}

testNative("native and noble agree on parts that seldom fit and on random bytes", (native) => {
  fc.assert(fc.property(mixed, (given) => {
    assert.deepEqual(verdicts(native, given), verdicts(noble, given));
  }));
});

testNative("native: authors who displace one another's parsed keys are still told apart", (native) => {
  const authors = Array.from({ length: 24 }, (_, n) => signedEvent({}, secretKey(n + 1)));
  const forged = authors.map((event, n) => ({ ...event, pubkey: authors[(n + 1) % authors.length]!.pubkey }));
  const noKey = { ...authors[0]!, pubkey: "f".repeat(64) };
  const given = [...authors, ...forged, noKey, ...authors];
  const expected = given.map((event) => authors.includes(event));
  assert.deepEqual(verdicts(native, given), expected);
}, 2);

const lying = (verdict: number): Pick<Engine, "check"> => ({
  check: (bytes) => new Uint8Array(bytes.length / RECORD_BYTES).fill(verdict),
});

test("the self-test refuses an engine that accepts everything", () => {
  assert.equal(passesSelfTest(lying(1)), false);
});

test("the self-test refuses an engine that accepts nothing", () => {
  assert.equal(passesSelfTest(lying(0)), false);
});
