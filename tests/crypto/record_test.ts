import assert from "node:assert/strict";
import { ID, PUBKEY, RECORD_BYTES, records, SIG } from "../../src/crypto/record.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

test("a record is public key, id and signature, end to end", () => {
  const events = [signedEvent(), signedEvent({ content: "second" }, secretKey(2))];
  const bytes = records(events);
  assert.equal(bytes.length, 2 * RECORD_BYTES);
  events.forEach(({ pubkey, id, sig }, n) => {
    const record = bytes.subarray(n * RECORD_BYTES, (n + 1) * RECORD_BYTES);
    const parts = [record.subarray(PUBKEY, ID), record.subarray(ID, SIG), record.subarray(SIG)];
    assert.deepEqual(parts.map((part) => part.toHex()), [pubkey, id, sig]);
  });
});

test("no events, no bytes", () => assert.equal(records([]).length, 0));
