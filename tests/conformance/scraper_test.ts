import assert from "node:assert/strict";
import { Client } from "../fixtures/client.ts";
import { hex } from "../fixtures/events.ts";
import { startRelay } from "../fixtures/relay.ts";
import { test } from "../harness.ts";

const precise = [
  { ids: [hex(1)] },
  { authors: [hex(1)], kinds: [1] },
  { authors: [hex(1)], "#t": ["x"] },
  { kinds: [1], "#p": [hex(1)] },
  { kinds: [1], "#p": [hex(1)], limit: 1 },
];
const vague = [
  {},
  { limit: 10 },
  { kinds: [1] },
  { authors: [hex(1)] },
  { "#t": ["x"] },
  { "#t": ["x"], "#p": [hex(1)] },
  { kinds: [1], since: 1, until: 2, limit: 3 },
];

test("limits.limit_scrapers: a filter needs ids, or two of authors, kinds and a tag", async () => {
  await using relay = await startRelay("[limits]\nlimit_scrapers = true");
  await using client = await Client.connect(relay.url);
  for (const filter of precise) {
    assert.deepEqual(await client.request("x", filter), [], JSON.stringify(filter));
    assert.equal(await client.count(filter), 0);
  }
  for (const filter of vague) {
    for (const filters of [[filter], [precise[0], filter]]) {
      for (const verb of ["REQ", "COUNT"]) {
        client.send(verb, "x", ...filters);
        const [answer, id, reason] = await client.next("CLOSED", "EOSE", "COUNT");
        assert.deepEqual([answer, id], ["CLOSED", "x"], JSON.stringify(filters));
        assert.match(reason, /^blocked: .+/);
      }
    }
  }
});

test("limits.limit_scrapers is off by default: anything may be asked", async () => {
  await using relay = await startRelay();
  await using client = await Client.connect(relay.url);
  for (const filter of [...precise, ...vague]) assert.deepEqual(await client.request("x", filter), []);
});
