import assert from "node:assert/strict";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { test } from "../harness.ts";

const ALICE = "a1".repeat(32), BOB = "b0".repeat(32);

const settings = `[nip05]
names = { alice = "${ALICE}", bob = "${BOB}", _ = "${BOB}" }
relays = { alice = ["wss://one.test/", "wss://two.test/"] }`;

const ask = ({ httpUrl }: TestRelay, query = "") => fetch(`${httpUrl}/.well-known/nostr.json${query}`);

for (
  const [rule, query, document] of [
    ["a name leads to its public key, and to the relays where it is found", "?name=alice", {
      names: { alice: ALICE },
      relays: { [ALICE]: ["wss://one.test/", "wss://two.test/"] },
    }],
    ["relays are left out of whom none are known", "?name=bob", { names: { bob: BOB } }],
    ["_ stands for the domain itself", "?name=_", { names: { _: BOB } }],
    ["an unknown name leads nowhere", "?name=carol", { names: {} }],
    ["a name is taken as it is written", "?name=Alice", { names: {} }],
    ["what every object has is no name", "?name=constructor", { names: {} }],
    ["the empty name leads nowhere", "?name=", { names: {} }],
    ["without a name all are told, as a file would", "", {
      names: { alice: ALICE, bob: BOB, _: BOB },
      relays: { [ALICE]: ["wss://one.test/", "wss://two.test/"] },
    }],
  ] as const
) {
  test(`NIP-05: ${rule}`, async () => {
    await using relay = await startRelay(settings);
    const response = await ask(relay, query);
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
    assert.deepEqual(await response.json(), document);
  });
}

test("NIP-05: pages of any origin may read it, and nothing is redirected", async () => {
  await using relay = await startRelay(settings);
  for (const query of ["", "?name=alice", "?name=carol", "?"]) {
    const response = await fetch(`${relay.httpUrl}/.well-known/nostr.json${query}`, { redirect: "manual" });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    await response.body?.cancel();
  }
});

test("NIP-05: without names there is no document", async () => {
  await using relay = await startRelay();
  const response = await ask(relay);
  assert.equal(response.status, 404);
  await response.body?.cancel();
});
