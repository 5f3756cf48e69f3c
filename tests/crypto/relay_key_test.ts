import assert from "node:assert/strict";
import { getPublicKey, verifyEvent } from "nostr-tools/pure";
import { RelayKey } from "../../src/crypto/relay_key.ts";
import { readEvent } from "../../src/protocol/event.ts";
import { secretKey } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const key = new RelayKey("7".padStart(64, "0"));
const draft = {
  kind: 13_534,
  created_at: 1_700_000_000,
  tags: [["-"], ["member", "x"]],
  content: 'a "b" 🦒\n',
};

test("relay key: what it signs is right by others' measure, and is encoded as events that arrive are", () => {
  const { event, json } = key.sign(draft);
  assert.equal(key.pubkey, getPublicKey(secretKey(7)));
  assert.ok(verifyEvent(JSON.parse(json)));
  assert.deepEqual(readEvent(JSON.parse(json)), { event, json });
});

test("relay key: what is no secret key is an error, and none is ever shown", () => {
  assert.throws(() => new RelayKey("0".repeat(64)));
  assert.ok(!JSON.stringify(key).includes("7".padStart(64, "0")));
});
