import assert from "node:assert/strict";
import { Semaphore } from "../../src/flow/semaphore.ts";
import { Exchanges } from "../../src/handler/neg.ts";
import type { Session } from "../../src/handler/session.ts";
import { packIdentities } from "../../src/protocol/identities.ts";
import { Rejection } from "../../src/protocol/reason.ts";
import { SyncPool } from "../../src/sync/pool.ts";
import { hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

/** A connection whose repository tells one page and then waits to be let on. */
function connection({ timeoutSeconds = 60, reader = () => {} } = {}) {
  const over = new AbortController(), pool = new SyncPool(100);
  const told = Promise.withResolvers<string>(), go = Promise.withResolvers<void>();
  const nothing = () => {};
  const session = {
    signal: over.signal,
    turns: new Semaphore(2),
    spendRequest: nothing,
    services: {
      sync: pool,
      observer: { queried: nothing, queryAborted: nothing, rejected: nothing },
      rules: {
        sync: { enabled: true, maxEvents: 10, maxExchanges: 2, timeoutSeconds, maxAnswerBytes: 4_096 },
        subscriptionId: nothing,
        filterValues: nothing,
        exchange: (filters: unknown) => filters,
        reader,
      },
      repository: {
        async *identify() {
          yield packIdentities([{ createdAt: 2, id: hex(1) }, { createdAt: 1, id: hex(2) }]);
          await go.promise;
        },
      },
    },
  } as unknown as Session;
  return { exchanges: new Exchanges(session, told.resolve), over, pool, told: told.promise, go: go.resolve };
}

/** All ids up to infinity: none here. */
const ALL = "61000002" + "00";

test("NIP-77: an exchange whose client goes quiet is closed, and nothing of it is kept", async () => {
  const { exchanges, pool, told, go } = connection({ timeoutSeconds: 0.005 });
  go();
  assert.match(await exchanges.open("x", {}, ALL) ?? "", /^\["NEG-MSG","x","61/);
  assert.deepEqual([pool.exchanges, pool.records.held], [1, 2]);
  assert.equal(await told, '["NEG-ERR","x","closed: you took too long to answer"]');
  assert.deepEqual([pool.exchanges, pool.records.held], [0, 0]);
  assert.match(await exchanges.message("x", ALL) ?? "", /NEG-ERR.*closed: /);
});

test("NIP-77: what is closed while its records are read gets no answer, and gives back what it held", async () => {
  const { exchanges, pool, over, go } = connection();
  const [first, second] = [exchanges.open("x", {}, ALL), exchanges.open("y", {}, ALL)];
  while (pool.records.held < 4) await Promise.resolve();
  exchanges.close("x");
  over.abort();
  go();
  assert.deepEqual(await Promise.all([first, second]), [undefined, undefined]);
  assert.deepEqual([pool.exchanges, pool.records.held], [0, 0]);
});

test("NIP-77: a message before the last one is answered ends the exchange", async () => {
  const { exchanges, pool, over, go } = connection();
  const opened = exchanges.open("x", {}, ALL);
  assert.match(await exchanges.message("x", ALL) ?? "", /NEG-ERR.*invalid: wait for the answer/);
  go();
  assert.equal(await opened, undefined);
  assert.deepEqual([pool.exchanges, pool.records.held], [0, 0]);
  over.abort();
});

test("NIP-77: an exchange of who may read no more ends with its next message", async () => {
  let mayRead = true;
  const reader = () => {
    if (!mayRead) throw new Rejection("restricted", "only members may read");
  };
  const { exchanges, pool, over, go } = connection({ reader });
  go();
  assert.match(await exchanges.open("x", {}, ALL) ?? "", /NEG-MSG/);
  mayRead = false;
  assert.equal(await exchanges.message("x", ALL), '["NEG-ERR","x","restricted: only members may read"]');
  assert.deepEqual([pool.exchanges, pool.records.held], [0, 0]);
  over.abort();
});
