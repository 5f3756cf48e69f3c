import assert from "node:assert/strict";
import { loadConfig } from "../../src/config/load.ts";
import { test } from "../harness.ts";
import { problems } from "./problems.ts";

const KEY = "7".padStart(64, "0");

for (
  const [rule, text, expected] of [
    ["calls need somebody who may call", "[management]\nenabled = true", /management.pubkeys or info.pubkey/],
    ["the relay has one key", `[info]\nsecret_key = "${KEY}"\nsecret_key_file = "./key"`, /one is enough/],
    ["members need the relay's key", "[membership]\nenabled = true", /needs info.secret_key/],
    [
      "members need authentication",
      `[info]\nsecret_key = "${KEY}"\n[authorization]\nnip42_auth = false\n[membership]\nenabled = true`,
      /authorization.nip42_auth/,
    ],
    ["only members can read alone", "[membership]\nrequired_to_read = true", /needs membership.enabled/],
  ] as const
) {
  test(`config: ${rule}`, () => {
    const found = problems({ text });
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0]!, expected);
    assert.ok(!found[0]!.includes(KEY));
  });
}

test("config: a wrong secret key is not repeated", () => {
  const [found] = problems({ text: `[info]\nsecret_key = "nsec${KEY}"` });
  assert.match(found!, /^info.secret_key .*expected a secret key/);
  assert.ok(!found!.includes(KEY));
});

test("config: the contact may manage, where calls are on", () => {
  const { management, info } = loadConfig({
    text: `[info]\npubkey = "${KEY}"\n[management]\nenabled = true`,
  });
  assert.deepEqual([management.enabled, management.pubkeys, info.pubkey], [true, undefined, KEY]);
});
