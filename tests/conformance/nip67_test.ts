import assert from "node:assert/strict";
import { now } from "../fixtures/auth.ts";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const LIMITS = "[limits]\ndefault_limit = 4\nmax_limit = 6";

/** Five notes and three reactions. */
async function filled(relay: TestRelay): Promise<Client> {
  const client = await Client.connect(relay.url);
  const kinds = [1, 1, 1, 1, 1, 7, 7, 7];
  await client.publishAll(kinds.map((kind, n) => signedEvent({ kind, created_at: 1_700_000_000 + n })));
  return client;
}

/** How many events come, and what comes with EOSE. */
async function answer(client: Client, ...filters: object[]): Promise<[events: number, ...hints: unknown[]]> {
  client.send("REQ", "sub", ...filters);
  for (let events = 0;; events++) {
    const [verb, , ...rest] = await client.next("EVENT", "EOSE");
    if (verb === "EOSE") return [events, ...rest];
  }
}

const cases: [rule: string, filters: object[], expected: [number, "finish" | "more"]][] = [
  ["fewer than the limit", [{ kinds: [7], limit: 6 }], [3, "finish"]],
  ["as many as the limit, and nothing beyond", [{ kinds: [7], limit: 3 }], [3, "finish"]],
  ["one more than the limit", [{ kinds: [7], limit: 2 }], [2, "more"]],
  ["the relay's own limit, where the client names none", [{}], [4, "more"]],
  ["the relay's highest limit, where the client asks for more", [{ limit: 500 }], [6, "more"]],
  ["nothing matches", [{ kinds: [9] }], [0, "finish"]],
  ["a filter that can match nothing", [{ ids: [] }], [0, "finish"]],
  ["a limit of 0, with something stored", [{ limit: 0 }], [0, "more"]],
  ["a limit of 0, with nothing stored", [{ kinds: [9], limit: 0 }], [0, "finish"]],
  ["older events than since are not missing", [{ since: 1_700_000_005 }], [3, "finish"]],
  ["several filters, all of which are done", [{ kinds: [7] }, { kinds: [1], limit: 5 }], [8, "finish"]],
  ["several filters, one of which is not", [{ kinds: [7] }, { kinds: [1], limit: 4 }], [7, "more"]],
  ["a filter that is cut, but another sends the rest", [{ kinds: [7], limit: 1 }, { kinds: [7] }], [
    3,
    "finish",
  ]],
  ["a filter that is cut, and another sends a part", [{ limit: 3 }, { kinds: [1], limit: 2 }], [5, "more"]],
];

testOnEngines("NIP-67: finish when all was sent, more when not", async (relay) => {
  await using client = await filled(relay);
  for (const [rule, filters, [events, hint]] of cases) {
    assert.deepEqual(await answer(client, ...filters), [events, [hint]], rule);
  }
}, LIMITS);

test("NIP-67: whoever goes on until finish has seen all, each page as long as its limit", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  const events = Array.from({ length: 25 }, (_, n) => signedEvent({ created_at: 1_700_000_000 + n }));
  await client.publishAll(events);
  const seen: string[] = [];
  let until = now();
  for (let hint = "more"; hint === "more";) {
    client.send("REQ", "page", { limit: 5, until });
    for (let n = 0; n < 5; n++) {
      const { id, created_at } = (await client.next("EVENT"))[2];
      seen.push(id);
      until = created_at - 1;
    }
    [, , [hint]] = await client.next("EOSE") as [string, string, [string]];
  }
  assert.deepEqual(seen, events.map(({ id }) => id).reverse());
});

test("NIP-67: the hint says nothing of live events, which go on after finish", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  assert.deepEqual(await answer(client, { kinds: [1] }), [0, ["finish"]]);
  const event = signedEvent();
  await client.publish(event);
  assert.deepEqual((await client.next("EVENT"))[2], event);
});

test("NIP-67: switched off, EOSE has two elements, and NIP-11 does not list it", async () => {
  await using relay = await startRelay(`${LIMITS}\n[options]\neose_hints = false`);
  await using client = await filled(relay);
  for (const [rule, filters, [events]] of cases) {
    assert.deepEqual(await answer(client, ...filters), [events], rule);
  }
  const response = await fetch(relay.httpUrl, { headers: { accept: "application/nostr+json" } });
  assert.ok(!(await response.json()).supported_nips.includes(67));
});
