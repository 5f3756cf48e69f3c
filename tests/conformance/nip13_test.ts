import assert from "node:assert/strict";
import { getPow } from "nostr-tools/nip13";
import { Client } from "../fixtures/client.ts";
import { minedEvent } from "../fixtures/mined.ts";
import { startRelay } from "../fixtures/relay.ts";
import { test } from "../harness.ts";

const settings = `[limits]
min_pow_difficulty = 6
min_pow_difficulty_by_kind = { 7 = 0, 42 = 8 }`;

test("NIP-13: an event is accepted when its id has the bits, and told what it lacks when not", async () => {
  await using relay = await startRelay(settings);
  await using client = await Client.connect(relay.url);
  for (
    const [bits, given, expected] of [
      [6, {}, [true, ""]],
      [7, { target: 6 }, [true, ""]],
      [5, { target: 6 }, [false, "pow: the id has 5 leading zero bits; at least 6 are needed"]],
      [0, {}, [false, "pow: the id has 0 leading zero bits; at least 6 are needed"]],
      [0, { kind: 7 }, [true, ""]],
      [7, { kind: 42 }, [false, "pow: the id has 7 leading zero bits; at least 8 are needed"]],
      [8, { kind: 42, target: 8 }, [true, ""]],
    ] as const
  ) {
    const event = minedEvent(bits, given);
    assert.equal(getPow(event.id), bits);
    assert.deepEqual(await client.publish(event), expected);
  }
});

test("NIP-13: an event that commits to less than is needed is refused, though its id has the bits", async () => {
  await using relay = await startRelay(settings);
  await using client = await Client.connect(relay.url);
  const [accepted, reason] = await client.publish(minedEvent(7, { target: 5 }));
  assert.equal(accepted, false);
  assert.equal(reason, "pow: the nonce tag commits to 5 bits; at least 6 are needed, whatever the id has");
  assert.equal(await client.count({}), 0);
});

test("NIP-13: ephemeral events need their work too, and reach nobody without", async () => {
  await using relay = await startRelay(settings);
  await using client = await Client.connect(relay.url);
  await using listener = await Client.connect(relay.url);
  await listener.request("live", { kinds: [20_000] });
  const worked = minedEvent(6, { kind: 20_000 });
  assert.match((await client.publish(minedEvent(2, { kind: 20_000 })))[1], /^pow: /);
  assert.deepEqual(await client.publish(worked), [true, ""]);
  assert.deepEqual((await listener.next("EVENT"))[2], worked);
});

test("NIP-13: by default no work is asked for, and a low target harms nobody", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  assert.deepEqual(await client.publish(minedEvent(0, { target: 0 })), [true, ""]);
});

for (
  const [text, supported, told] of [
    ["", false, undefined],
    ["[limits]\nmin_pow_difficulty = 6", true, 6],
    ["[limits]\nmin_pow_difficulty_by_kind = { 1 = 6 }", true, undefined],
  ] as const
) {
  test(`NIP-13: NIP-11 tells of it only where it is on: ${text || "default"}`, async () => {
    await using relay = await startRelay(text);
    const response = await fetch(relay.httpUrl, { headers: { accept: "application/nostr+json" } });
    const { supported_nips, limitation } = await response.json();
    assert.equal(supported_nips.includes(13), supported);
    assert.equal(limitation.min_pow_difficulty, told);
    assert.equal(limitation.restricted_writes, supported);
  });
}
