import assert from "node:assert/strict";
import { type Verdict } from "../../src/identity/lookup.ts";
import { VerifiedUsers, type VerifiedUsersOptions } from "../../src/identity/verified_users.ts";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { type Identifier, identifierText } from "../../src/protocol/nip05.ts";
import type { RecordChange } from "../../src/storage/records.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const ALICE = hex(1), BOB = hex(2);
const DAY = 86_400, WEEK = 7 * DAY;

/** Records as the operators' book keeps them, in memory. */
class FakeBook {
  isKnown = true;
  readonly kinds = new Map<string, Map<string, unknown>>();

  of<Value>(kind: string): ReadonlyMap<string, Value> {
    if (!this.kinds.has(kind)) this.kinds.set(kind, new Map());
    return this.kinds.get(kind) as Map<string, Value>;
  }

  change(decide: () => readonly RecordChange[]): Promise<void> {
    for (const { kind, key, value } of decide()) {
      const records = this.of(kind) as Map<string, unknown>;
      if (value === undefined) records.delete(key);
      else records.set(key, JSON.parse(value));
    }
    return Promise.resolve();
  }
}

/** Users of a relay where all domains say the same, until a test says otherwise. */
function setUp(given: Partial<VerifiedUsersOptions> = {}) {
  const world = { now: 1_000, verdict: "confirmed" as Verdict, asked: [] as string[] };
  const book = new FakeBook();
  const lookup = {
    ask(identifier: Identifier): Promise<Verdict> {
      world.asked.push(identifierText(identifier));
      return Promise.resolve(world.verdict);
    },
  };
  const users = new VerifiedUsers({
    mode: "enabled",
    expiration: WEEK,
    updateFrequency: DAY,
    maxConsecutiveFailures: 3,
    book,
    lookup,
    now: () => world.now,
    failed: (error) => assert.fail(String(error)),
    ...given,
  });
  const admits = (event: NostrEvent) => users.admit(event).then(() => true, ({ prefix }) => prefix);
  return { world, book, users, admits };
}

const note = (pubkey = ALICE) => fakeEvent({ pubkey }).event;

const profile = (nip05: unknown, { pubkey = ALICE, created_at = 500 } = {}) =>
  fakeEvent({ pubkey, created_at, kind: 0, content: JSON.stringify({ name: "A", nip05 }) }).event;

test("verified users: who has proved nothing may not write; who has, may", async () => {
  const { admits } = setUp();
  assert.equal(await admits(note()), "blocked");
  assert.equal(await admits(profile("alice@example.com")), true);
  assert.equal(await admits(note()), true);
  assert.equal(await admits(note(BOB)), "blocked");
});

for (
  const nip05 of [
    undefined,
    7,
    "",
    "alice",
    "example.com",
    "al ice@x.test",
    "a@b@x.test",
    "a@127.0.0.1",
    "a@localhost",
    "a@x.test:8080",
    "a@x.test/y",
    "a?b@x.test",
    "a@[::1]",
    "a@0x7f.1",
    "a@-x.test",
  ]
) {
  test(`verified users: ${JSON.stringify(nip05)} is no identifier that a domain is asked for`, async () => {
    const { admits, world } = setUp();
    assert.equal(await admits(profile(nip05)), "blocked");
    assert.deepEqual(world.asked, []);
  });
}

test("verified users: an identifier is asked for in lowercase", async () => {
  const { admits, world } = setUp();
  assert.equal(await admits(profile(" Alice@Example.COM ")), true);
  assert.deepEqual(world.asked, ["alice@example.com"]);
});

test("verified users: a profile whose domain denies it, or says nothing, is refused", async () => {
  for (const verdict of ["denied", "unknown"] as const) {
    const { admits, world, users } = setUp();
    world.verdict = verdict;
    assert.equal(await admits(profile("alice@example.com")), "blocked");
    assert.equal(users.size, 0);
  }
});

test("verified users: a verification expires, and the same profile brings it back", async () => {
  const { admits, world, users } = setUp();
  await admits(profile("alice@example.com"));
  world.now += WEEK - 1;
  assert.equal(await admits(note()), true);
  world.now += 1;
  assert.deepEqual([await admits(note()), users.size], ["blocked", 0]);
  assert.equal(await admits(profile("alice@example.com")), true);
  assert.equal(await admits(note()), true);
});

test("verified users: a domain is asked again when its word is old, and then its word is new", async () => {
  const { admits, users, world } = setUp();
  await admits(profile("alice@example.com"));
  world.now += DAY - 1;
  await users.recheck();
  assert.equal(world.asked.length, 1);
  for (let day = 0; day < 10; day++) {
    world.now += DAY;
    await users.recheck();
  }
  assert.equal(world.asked.length, 11);
  assert.equal(await admits(note()), true);
});

test("verified users: a domain that denies a user ends it at once", async () => {
  const { admits, users, world } = setUp();
  await admits(profile("alice@example.com"));
  world.now += DAY;
  world.verdict = "denied";
  await users.recheck();
  assert.equal(await admits(note()), "blocked");
});

test("verified users: after so many failures in a row a user is forgotten; a success in between counts", async () => {
  const { admits, users, world, book } = setUp({ expiration: 100 * DAY });
  await admits(profile("alice@example.com"));
  const recheck = async (verdict: Verdict) => {
    world.now += DAY;
    world.verdict = verdict;
    await users.recheck();
    return book.of("verified-user").size;
  };
  for (const verdict of ["unknown", "unknown", "confirmed", "unknown", "unknown"] as const) {
    assert.equal(await recheck(verdict), 1);
    assert.equal(await admits(note()), true);
  }
  assert.equal(await recheck("unknown"), 0);
  assert.equal(await admits(note()), "blocked");
});

test("verified users: a new identifier is asked for in the background; meanwhile the old one is good", async () => {
  const { admits, users, world, book } = setUp();
  await admits(profile("alice@example.com"));
  world.verdict = "denied";
  assert.equal(await admits(profile("alice@new.test", { created_at: 501 })), true);
  await users.settled();
  const identifier = () => (book.of<{ identifier: string }>("verified-user").get(ALICE))?.identifier;
  assert.equal(identifier(), "alice@example.com");
  world.verdict = "confirmed";
  assert.equal(await admits(profile("alice@new.test", { created_at: 502 })), true);
  await users.settled();
  assert.equal(identifier(), "alice@new.test");
});

test("verified users: an older profile proves nothing: somebody may play it again", async () => {
  const { admits, users, world } = setUp();
  await admits(profile("alice@example.com"));
  await admits(profile("alice@old.test", { created_at: 499 }));
  await users.settled();
  world.now += WEEK;
  assert.equal(await admits(profile("alice@old.test", { created_at: 499 })), "blocked");
  assert.deepEqual(world.asked, ["alice@example.com"]);
});

for (
  const [rule, lists, accepted] of [
    ["of a whitelist", { domainWhitelist: ["example.com"] }, true],
    ["not on the whitelist", { domainWhitelist: ["other.test"] }, "blocked"],
    ["of a blacklist", { domainBlacklist: ["example.com"] }, "blocked"],
    ["on both lists: the whitelist wins", {
      domainWhitelist: ["example.com"],
      domainBlacklist: ["example.com"],
    }, true],
  ] as const
) {
  test(`verified users: a domain ${rule}`, async () => {
    const { admits, world } = setUp(lists);
    assert.equal(await admits(profile("alice@example.com")), accepted);
    assert.equal(world.asked.length, accepted === true ? 1 : 0);
  });
}

test("verified users: a domain that is no longer allowed ends its users, and is not asked any more", async () => {
  const { admits, book } = setUp();
  await admits(profile("alice@example.com"));
  const { users, world, admits: admitsNow } = setUp({ book, domainBlacklist: ["example.com"] });
  assert.equal(await admitsNow(note()), "blocked");
  world.now += DAY;
  await users.recheck();
  assert.deepEqual(world.asked, []);
});

test("verified users: one domain is not flooded with questions of strangers, and its users are asked for all the same", async () => {
  const { admits, users, world } = setUp();
  await admits(profile("alice@example.com"));
  world.now += DAY;
  world.verdict = "denied";
  const strangers = Array.from(
    { length: 9 },
    (_, n) => profile("alice@example.com", { pubkey: hex(10 + n) }),
  );
  const answers = [];
  for (const stranger of strangers) answers.push(await admits(stranger));
  assert.deepEqual(answers, [...Array(5).fill("blocked"), ...Array(4).fill("rate-limited")]);
  world.verdict = "confirmed";
  await users.recheck();
  assert.equal(world.asked.length, 1 + 5 + 1);
  world.now += 1;
  assert.equal(await admits(profile("bob@example.com", { pubkey: BOB })), true);
});

test("verified users: no more profiles wait at a time than there is room for", async () => {
  const never = { ask: () => new Promise<Verdict>(() => {}) };
  const { users, admits } = setUp({ lookup: never });
  for (let n = 0; n < 64; n++) void users.admit(profile(`a@x${n}.test`, { pubkey: hex(100 + n) }));
  assert.equal(await admits(profile("alice@example.com")), "rate-limited");
});

test("verified users: who owns a slow domain holds four places at most, by whatever names", async () => {
  const answers = new Map<string, (verdict: Verdict) => void>();
  const lookup = {
    ask: (identifier: Identifier) =>
      new Promise<Verdict>((resolve) => answers.set(identifierText(identifier), resolve)),
  };
  const { admits } = setUp({ lookup });
  const slow = Array.from({ length: 100 }, (_, n) => profile(`a@x${n}.slow.co.uk`, { pubkey: hex(100 + n) }));
  const told = slow.map(admits);
  assert.deepEqual(await Promise.all(told.slice(4)), Array(96).fill("rate-limited"));
  const other = admits(profile("alice@example.co.uk"));
  await Promise.resolve();
  answers.get("alice@example.co.uk")!("confirmed");
  assert.equal(await other, true);
  for (const answer of answers.values()) answer("unknown");
  assert.deepEqual(await Promise.all(told.slice(0, 4)), Array(4).fill("blocked"));
  void admits(profile("a@y.slow.co.uk"));
  assert.ok(answers.has("a@y.slow.co.uk"), "their places are free again");
});

test("verified users: as long as nobody knows who is verified, nobody is taken for a stranger", async () => {
  const { admits, book } = setUp();
  book.isKnown = false;
  assert.equal(await admits(note()), "error");
});

test("verified users: passive: everybody may write, and who is verified is found out", async () => {
  const { admits, users } = setUp({ mode: "passive" });
  assert.equal(await admits(note()), true);
  assert.equal(await admits(profile("alice@example.com")), true);
  await users.settled();
  assert.equal(users.size, 1);
});

/** A relay that has room for three, and who of them is remembered after each profile. */
async function crowded(...identifiers: string[]) {
  const { world, book, users, admits } = setUp({ mostUsers: 3 });
  const told: unknown[] = [];
  for (const [n, identifier] of identifiers.entries()) {
    world.now++;
    told.push(await admits(profile(identifier, { pubkey: hex(50 + n) })));
  }
  const remembered = () =>
    [...book.of<{ identifier: string }>("verified-user").values()].map(({ identifier }) => identifier).sort();
  return { world, told, remembered, users, admits };
}

test("verified users: no more are remembered than a bound says; those of the largest site go for newcomers", async () => {
  const { told, remembered } = await crowded("a@a.test", "x@evil.test", "y@evil.test", "z@3.evil.test");
  assert.deepEqual(told, Array(4).fill(true));
  assert.deepEqual(remembered(), ["a@a.test", "y@evil.test", "z@3.evil.test"]);
});

test("verified users: who is verified no more goes before who is, and of equals who was verified first", async () => {
  const { world, remembered, admits } = await crowded("a@a.test", "b@b.test", "c@c.test", "d@d.test");
  assert.deepEqual(remembered(), ["b@b.test", "c@c.test", "d@d.test"]);
  world.now += WEEK;
  for (const [n, site] of ["e", "e", "e"].entries()) {
    assert.equal(await admits(profile(`${n}@${site}.test`, { pubkey: hex(60 + n) })), true);
  }
  assert.deepEqual(remembered(), ["0@e.test", "1@e.test", "2@e.test"]);
});

test("verified users: who is not confirmed takes nobody's place, nor does a user who changes", async () => {
  const { world, remembered, users, admits } = await crowded("a@a.test", "b@b.test", "c@c.test");
  world.verdict = "denied";
  assert.equal(await admits(profile("d@d.test")), "blocked");
  world.verdict = "confirmed";
  assert.equal(await admits(profile("a@new.test", { pubkey: hex(50), created_at: 501 })), true);
  await users.settled();
  assert.deepEqual(remembered(), ["a@new.test", "b@b.test", "c@c.test"]);
});
