import assert from "node:assert/strict";
import type { EncodedEvent, NostrEvent, VerifiedEvent } from "../../src/protocol/event.ts";
import { inPlace } from "../../src/crypto/in_place.ts";
import { noble } from "../../src/crypto/noble.ts";
import { isAscii } from "../../src/protocol/ascii.ts";
import { MemoryRepository } from "../../src/storage/memory.ts";
import { Levelling } from "../../src/sync/levelling.ts";
import { SyncPool } from "../../src/sync/pool.ts";
import { RemoteError, RemoteRelay } from "../../src/sync/remote_relay.ts";
import { takeVerified } from "../../src/sync/take.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { type Behaviour, fakeRelay } from "../fixtures/fake_relay.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const note = signedEvent({ content: "there" });

/** Claims to have these ids, and none of ours: version 1, up to infinity, a list of ids. */
const claim = (...ids: readonly string[]) =>
  `61000002${ids.length.toString(16).padStart(2, "0")}${ids.join("")}`;

/** The verb of a relay that has one note: NEG-OPEN and REQ. */
const honest: Behaviour = ([verb, id]) => {
  if (verb === "NEG-OPEN") return [["NEG-MSG", id, claim(note.id)]];
  if (verb === "REQ") return [["EVENT", id, note], ["EOSE", id]];
  return [];
};

/** Comes level with such a relay; has these events itself. */
async function level(behave: Behaviour, ...held: readonly VerifiedEvent[]) {
  await using server = await fakeRelay(behave);
  const repository = new MemoryRepository(), verifier = inPlace(noble), pool = new SyncPool(100);
  for (const event of held) await repository.save(event);
  const { signal } = new AbortController();
  await using remote = await RemoteRelay.connect(server.url, signal);
  const local = {
    identify: repository.identify.bind(repository),
    find: repository.find.bind(repository),
    take: (given: unknown) =>
      takeVerified(given, {
        verifier,
        has: (id) => repository.has(id),
        save: (event) => repository.save(event),
        now: () => 0,
      }),
  };
  const levelling = new Levelling(remote, local, {
    filter: {},
    asSent: {},
    direction: "both",
    pool,
    most: 100,
    privateKinds: [],
  });
  try {
    await levelling.compare(signal);
    assert.equal(pool.records.held, 0);
    await levelling.carry(signal);
    const received = Object.fromEntries(levelling.received), sent = Object.fromEntries(levelling.sent);
    return { received, sent, stored: await repository.count([{}], { signal }) };
  } finally {
    assert.equal(pool.records.held, 0);
  }
}

test("levelling: what an honest relay has comes", async () => {
  assert.deepEqual(await level(honest), { received: { stored: 1 }, sent: {}, stored: 1 });
});

test("levelling: ids and notices that are no text are passed over, even objects that have none", async () => {
  const textless = { toString: 0, valueOf: 0 };
  const noise = ["OK", "NEG-MSG", "EVENT", "NOTICE"].flatMap((verb) => [[verb, textless], [verb]]);
  const noisy: Behaviour = (message, text) => [...noise, ...honest(message, text)];
  assert.deepEqual(await level(noisy), { received: { stored: 1 }, sent: {}, stored: 1 });
});

const lies: [rule: string, event: unknown][] = [
  ["a forged signature", { ...note, sig: note.sig.replaceAll(/[0-9]/g, "a") }],
  ["another content", { ...note, content: "forged" }],
  ["no event", { id: note.id }],
];
for (const [rule, event] of lies) {
  test(`levelling: ${rule} under an id that was asked for is not taken`, async () => {
    const lie: Behaviour = (message, text) =>
      message[0] === "REQ" ? [["EVENT", message[1], event], ["EOSE", message[1]]] : honest(message, text);
    assert.deepEqual(await level(lie), { received: { invalid: 1 }, sent: {}, stored: 0 });
  });
}

test("levelling: events that nobody asked for are passed over, and what does not come is told", async () => {
  const others: Behaviour = (message, text) => {
    const [verb, id] = message;
    if (verb !== "REQ") return honest(message, text);
    return [["EVENT", id, signedEvent({ content: "other" })], ["EVENT", id, null], ["EOSE", id]];
  };
  assert.deepEqual(await level(others), { received: { "not sent": 1 }, sent: {}, stored: 0 });
});

test("levelling: an event goes to the other relay in as few bytes as it came with", async () => {
  const ours = fakeEvent({ content: `${"plain ".repeat(20)}🦒` });
  assert.ok(isAscii(ours.json), "ours is kept with escapes");
  let heard = "";
  const careful: Behaviour = (message, text) => {
    if (message[0] !== "EVENT") return honest(message, text);
    heard = text;
    return [["OK", ours.event.id, true, ""]];
  };
  assert.deepEqual((await level(careful, ours)).sent, { accepted: 1 });
  assert.equal(heard, JSON.stringify(["EVENT", ours.event]));
});

test("levelling: a relay's refusals are told by their reason", async () => {
  const ours = ["blocked: no", "duplicate: known", "I'd rather not"].map((reason) =>
    fakeEvent({ content: reason })
  );
  const refusing: Behaviour = (message, text) => {
    if (message[0] !== "EVENT") return honest(message, text);
    const { id, content } = message[1] as NostrEvent;
    return [["OK", id, false, content]];
  };
  const { sent } = await level(refusing, ...ours as EncodedEvent[] as VerifiedEvent[]);
  assert.deepEqual(sent, { blocked: 1, duplicate: 1, refused: 1 });
});

const failures: [rule: string, answers: ReturnType<Behaviour>, verb: string, sentence: RegExp][] = [
  [
    "does not know NIP-77",
    [["NOTICE", "bad msg: unknown cmd"]],
    "NEG-OPEN",
    /seems not to know NIP-77: bad msg/,
  ],
  [
    "refuses to compare",
    [["NEG-ERR", "longneck", "blocked: too big", 9]],
    "NEG-OPEN",
    /compare: blocked: too big/,
  ],
  [
    "compares wrongly",
    [["NEG-MSG", "longneck", "6181"]],
    "NEG-OPEN",
    /compares wrongly: the sync message ends/,
  ],
  ["sends no JSON", ["["], "NEG-OPEN", /has sent what is not JSON/],
  ["hangs up", [undefined], "NEG-OPEN", /has closed the connection \(1008: enough\)/],
  ["hangs up later", [undefined], "REQ", /has closed the connection/],
  ["refuses to send", [["CLOSED", "longneck-0", "error: no"]], "REQ", /does not send what it has: error: no/],
];
for (const [rule, answers, verb, sentence] of failures) {
  test(`levelling: a relay that ${rule} is told of`, async () => {
    const failing: Behaviour = (message, text) => message[0] === verb ? answers : honest(message, text);
    await assert.rejects(level(failing), (error) => {
      assert.ok(error instanceof RemoteError, String(error));
      assert.match(error.message, sentence);
      return true;
    });
  });
}

test("levelling: an abort ends it, whatever it waits for", async () => {
  await using server = await fakeRelay(() => []);
  const abort = new AbortController();
  await using remote = await RemoteRelay.connect(server.url, abort.signal);
  const asked = remote.ask({ key: "REQ x", frame: '["REQ","x",{}]', hear: () => undefined });
  abort.abort(new Error("enough"));
  await assert.rejects(asked, RemoteError);
  await assert.rejects(RemoteRelay.connect(server.url, abort.signal), /enough/);
});
