import assert from "node:assert/strict";
import { Lookup } from "../../src/identity/lookup.ts";
import type { Answer, Target, Web } from "../../src/identity/web.ts";
import { hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const BOB = hex(1);
const identifier = { local: "bob", domain: "example.com" };
const stopped = new AbortController().signal;

/** A web where every domain has these addresses and gives this answer; notes what was asked. */
function webOf(
  answer: Partial<Answer>,
  addresses: readonly string[] = ["1.1.1.1"],
): Web & { asked: Target[] } {
  const asked: Target[] = [];
  return {
    asked,
    resolve: () => Promise.resolve(addresses),
    get(target) {
      asked.push(target);
      return Promise.resolve({ status: 200, body: "", ...answer });
    },
  };
}

const names = (given: object) => JSON.stringify({ names: given });

for (
  const [rule, answer, verdict] of [
    ["the name leads to the public key", { body: names({ bob: BOB }) }, "confirmed"],
    ["other names and relays beside it play no part", {
      body: JSON.stringify({ names: { bob: BOB, al: hex(2) }, relays: {} }),
    }, "confirmed"],
    ["the name leads to another", { body: names({ bob: hex(2) }) }, "denied"],
    ["the name is not there", { body: names({ al: BOB }) }, "denied"],
    ["the key is no hex", { body: names({ bob: "npub1x" }) }, "denied"],
    ["uppercase is no hex", { body: names({ bob: "A".repeat(64) }) }, "denied"],
    ["a document without names", { body: "{}" }, "unknown"],
    ["no JSON", { body: "<html>" }, "unknown"],
    ["JSON that is nothing", { body: "null" }, "unknown"],
    ["redirects are ignored", { status: 302, body: names({ bob: BOB }) }, "unknown"],
    ["errors of the server", { status: 500, body: names({ bob: BOB }) }, "unknown"],
  ] as const
) {
  test(`NIP-05: lookup: ${rule}: ${verdict}`, async () => {
    const web = webOf(answer);
    assert.equal(await new Lookup({ web, stopped }).ask(identifier, BOB), verdict);
    const path = "/.well-known/nostr.json?name=bob";
    assert.deepEqual(web.asked, [{ domain: "example.com", address: "1.1.1.1", path }]);
  });
}

for (
  const [rule, addresses] of [
    ["a private address is not connected to", ["10.0.0.1"]],
    ["nor is any of a domain that has a private one too", ["1.1.1.1", "127.0.0.1"]],
    ["a domain without an address", []],
  ] as const
) {
  test(`NIP-05: lookup: ${rule}`, async () => {
    const web = webOf({ body: names({ bob: BOB }) }, addresses);
    assert.equal(await new Lookup({ web, stopped }).ask(identifier, BOB), "unknown");
    assert.deepEqual(web.asked, []);
  });
}

test("NIP-05: lookup: an address out of reach is passed over for the next, of four at most", async () => {
  const addresses = [1, 2, 3, 4, 5].map((n) => `1.1.1.${n}`);
  for (const [within, verdict] of [["1.1.1.4", "confirmed"], ["1.1.1.5", "unknown"]] as const) {
    const web = webOf({ body: names({ bob: BOB }) }, addresses);
    const get: Web["get"] = (target, ...rest) =>
      target.address === within ? web.get(target, ...rest) : Promise.reject(new Error("no route"));
    assert.equal(await new Lookup({ web: { ...web, get }, stopped }).ask(identifier, BOB), verdict);
  }
});

/** Whatever never comes ends with the signal. */
const endless = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

test("NIP-05: lookup: a domain gets some seconds, then nothing is known", async () => {
  for (
    const web of [
      { ...webOf({}), resolve: (_: string, signal: AbortSignal) => endless(signal) },
      { ...webOf({}), get: (_: Target, __: number, signal: AbortSignal) => endless(signal) },
    ]
  ) {
    assert.equal(await new Lookup({ web, stopped, patience: 1 }).ask(identifier, BOB), "unknown");
  }
});

test("NIP-05: lookup: sixteen are under way at a time; a stop ends all, those that wait too", async () => {
  const stop = new AbortController();
  let underWay = 0;
  const get = (_: Target, __: number, signal: AbortSignal) => {
    underWay++;
    return endless(signal);
  };
  const lookup = new Lookup({ web: { ...webOf({}), get }, stopped: stop.signal });
  const asked = Array.from({ length: 30 }, () => lookup.ask(identifier, BOB));
  const ended = Promise.allSettled(asked);
  while (underWay < 16) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(underWay, 16);
  const reason = new Error("stopped");
  stop.abort(reason);
  for (const each of await ended) assert.deepEqual(each, { status: "rejected", reason });
});
