import assert from "node:assert/strict";
import { createVerifier } from "../../src/crypto/create_verifier.ts";
import { type AuditEntry, createManagement } from "../../src/management/api.ts";
import { HttpAuth } from "../../src/management/http_auth.ts";
import type { Method } from "../../src/management/methods.ts";
import { CallError } from "../../src/management/parameters.ts";
import { Rates } from "../../src/management/rates.ts";
import { StorageError } from "../../src/storage/repository.ts";
import { now } from "../fixtures/auth.ts";
import { handmade, OPERATOR, tagsOf } from "../fixtures/management.ts";
import { test } from "../harness.ts";

const URL = "http://relay.test/";
const ADDRESS = "192.0.2.1";

/** An interface with one method, called `method`. */
async function start(method: Method, tokens = { spend: () => Promise.resolve(true) }) {
  const verifier = await createVerifier({ engine: "noble", threads: 0 });
  const audited: AuditEntry[] = [], failures: unknown[] = [];
  const management = createManagement({
    auth: new HttpAuth({ verifier, tokens, relayUrl: URL, now }),
    methods: new Map([["method", method]]),
    operators: new Set([OPERATOR]),
    rates: new Rates(() => 0),
    isLocal: () => false,
    audit: (entry) => audited.push(entry),
    failed: (error) => failures.push(error),
  });
  let calls = 0;
  const request = (): Request => {
    const body = { method: "method", params: [++calls] }; // so that no two tokens are the same
    const authorization = handmade({ tags: Object.entries(tagsOf(URL, body)) });
    return new Request(URL, { method: "POST", headers: { authorization }, body: JSON.stringify(body) });
  };
  const call = async () => {
    const response = await management(request(), ADDRESS);
    return { status: response.status, ...await response.json(), headers: response.headers };
  };
  return { call, management, request, audited, failures };
}

test("management: a result is answered, and the call audited", async () => {
  const { call, audited } = await start((params) => params.given);
  const { status, result, error } = await call();
  assert.deepEqual([status, result, error], [200, [1], undefined]);
  assert.deepEqual(audited, [
    { operator: OPERATOR, address: ADDRESS, method: "method", params: [1], outcome: "done" },
  ]);
});

for (
  const [rule, thrown, expected, isFailure] of [
    [
      "what the caller did wrong",
      new CallError("parameter 1 must be less"),
      /^parameter 1 must be less$/,
      false,
    ],
    [
      "what the store says of itself",
      new StorageError("pg: 57P03", { explanation: "the store is starting" }),
      /^the store is starting; try again later$/,
      true,
    ],
    [
      "no secret of a failure",
      new Error("secret"),
      /^the relay failed to carry out the call; try again/,
      true,
    ],
  ] as const
) {
  test(`management: an error tells ${rule}`, async () => {
    const { call, audited, failures } = await start(() => Promise.reject(thrown));
    const { status, result, error } = await call();
    assert.deepEqual([status, result], [200, null]);
    assert.match(error, expected);
    assert.equal(audited[0]!.outcome, error);
    assert.deepEqual(failures, isFailure ? [thrown] : []);
  });
}

test("management: sixteen calls may be under way at once, others are told to wait", async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { call } = await start(() => gate);
  const underWay = Array.from({ length: 16 }, call);
  const refused = await call();
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "1"]);
  open();
  assert.ok((await Promise.all(underWay)).every(({ status }) => status === 200));
  assert.equal((await call()).status, 200);
});

test("management: an address that calls too often is told when to call again", async () => {
  const { management } = await start(() => true);
  const stranger = () => management(new Request(URL, { method: "POST", body: "{}" }), ADDRESS);
  for (let n = 0; n < 120; n++) assert.equal((await stranger()).status, 401);
  const refused = await stranger();
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, "1"]);
});

test("management: while the store can't tell whether a token was used, it is not taken", async () => {
  const away = new StorageError("ECONNREFUSED", { explanation: "the store can't be reached" });
  const { call, audited } = await start(() => true, { spend: () => Promise.reject(away) });
  const { status, error } = await call();
  assert.deepEqual([status, error], [503, "the store can't be reached; try again later"]);
  assert.deepEqual(audited, []);
});
