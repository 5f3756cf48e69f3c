import assert from "node:assert/strict";
import { getPublicKey, verifyEvent } from "nostr-tools/pure";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { authenticate, now } from "../fixtures/auth.ts";
import { Client } from "../fixtures/client.ts";
import { testOnEngines } from "../fixtures/engines.ts";
import { manage, OPERATOR } from "../fixtures/management.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const [alice, bob, carol, self] = [secretKey(1), secretKey(2), secretKey(3), secretKey(5)];
const [ALICE, BOB, SELF] = [getPublicKey(alice), getPublicKey(bob), getPublicKey(self)];

/** Alice is a member by the configuration, and `secretKey(9)` the operator. */
const settings = (...lines: string[]) =>
  `[info]
secret_key = "${"5".padStart(64, "0")}"
[authorization]
pubkey_whitelist = ["${ALICE}"]
[management]
enabled = true
pubkeys = ["${OPERATOR}"]
[membership]
enabled = true
${lines.join("\n")}`;

async function connectAs(relay: TestRelay, ...keys: Uint8Array[]): Promise<Client> {
  const client = await Client.connect(relay.url);
  await authenticate(client, relay.url, ...keys);
  return client;
}

const request = (kind: number, key: Uint8Array, tags: string[][] = [], created_at = now()) =>
  signedEvent({ kind, created_at, tags: [["-"], ...tags] }, key);
const join = (claim: string, key: Uint8Array) => request(28_934, key, [["claim", claim]]);
const leave = (key: Uint8Array) => request(28_936, key);

/** Asks for an invite code. */
async function invited(client: Client): Promise<string> {
  const [invite] = await client.request("invite", { kinds: [28_935] });
  return invite!.tags.find(([name]) => name === "claim")![1]!;
}

const membersIn = ({ tags }: NostrEvent) =>
  tags.filter(([name]) => name === "member").map((tag) => tag.slice(1));

/** What the relay has published of its members. */
async function published(client: Client): Promise<NostrEvent[]> {
  const filter = { kinds: [13_534, 8_000, 8_001, 33_534], authors: [SELF] };
  return await client.request(crypto.randomUUID(), filter); // what comes live for an earlier one stays unread
}

const listed = async (client: Client) =>
  membersIn((await published(client)).find(({ kind }) => kind === 13_534)!).map(([pubkey]) => pubkey);

testOnEngines(
  "NIP-43: who has an invite code joins, may publish, is listed, and may leave",
  async (relay) => {
    await using member = await connectAs(relay, alice);
    await using client = await connectAs(relay, bob);
    assert.match((await client.publish(signedEvent({}, bob)))[1], /^restricted: only members/);
    assert.deepEqual(await listed(client), [ALICE]);

    const [accepted, welcome] = await client.publish(join(await invited(member), bob));
    assert.equal(accepted, true);
    assert.match(welcome, /^info: welcome to /);
    assert.deepEqual(await client.publish(signedEvent({}, bob)), [true, ""]);
    assert.deepEqual((await listed(client)).toSorted(), [ALICE, BOB].toSorted());

    assert.deepEqual(await client.publish(leave(bob)), [
      true,
      "info: you are no member of this relay any more",
    ]);
    assert.match((await client.publish(signedEvent({ content: "x" }, bob)))[1], /^restricted: /);
    assert.deepEqual(await listed(client), [ALICE]);
    const told = (await published(client)).filter(({ kind }) => kind < 9_000 && kind >= 8_000);
    const ofBob = told.filter(({ tags }) => tags.some(([name, value]) => name === "p" && value === BOB));
    assert.deepEqual(ofBob.map(({ kind }) => kind).sort(), [8_000, 8_001]);
  },
  settings(),
);

test("NIP-43: what the relay publishes is signed by self, and protected", async () => {
  await using relay = await startRelay(settings());
  await using client = await Client.connect(relay.url);
  await manage(relay, "createrole", "king", "King", "rules", 37, 1);
  await manage(relay, "allowpubkey", BOB);
  const events = await published(client);
  assert.deepEqual([...new Set(events.map(({ kind }) => kind))].sort(), [13_534, 33_534, 8_000].sort());
  for (const event of events) {
    assert.equal(event.pubkey, SELF);
    assert.ok(verifyEvent(JSON.parse(JSON.stringify(event))));
    assert.deepEqual(event.tags[0], ["-"]);
  }
  const response = await fetch(relay.httpUrl, { headers: { accept: "application/nostr+json" } });
  const { self, supported_nips, limitation } = await response.json();
  assert.deepEqual([self, supported_nips.includes(43), limitation.restricted_writes], [SELF, true, true]);
});

for (
  const [rule, asked, accepted, reason] of [
    [
      "a code that nobody made is invalid",
      join("x", bob),
      false,
      /^restricted: that is an invalid invite code$/,
    ],
    ["a join request needs a code", request(28_934, bob), false, /^invalid: /],
    ["who is a member already is told so", join("x", alice), true, /^duplicate: you are already a member/],
    [
      "an old join request is no request",
      request(28_934, bob, [["claim", "x"]], now() - 900),
      false,
      /^invalid: /,
    ],
    ["who was none can't leave", leave(bob), true, /^duplicate: you are no member/],
    ["whom the configuration lists can't leave", leave(alice), false, /^restricted: /],
    ["an old leave request is no request", request(28_936, alice, [], now() - 900), false, /^invalid: /],
    [
      "a leave request has a - tag",
      signedEvent({ kind: 28_936, created_at: now() }, alice),
      false,
      /^invalid: /,
    ],
    ["who asks for another is refused", leave(carol), false, /^restricted: /],
  ] as const
) {
  test(`NIP-43: ${rule}`, async () => {
    await using relay = await startRelay(settings());
    await using client = await connectAs(relay, alice, bob);
    const [verdict, why] = await client.publish(asked);
    assert.match(why, reason);
    assert.equal(verdict, accepted);
  });
}

test("NIP-43: a code lets in as many as configured, each once", async () => {
  await using relay = await startRelay(settings("invite_uses = 2"));
  await using member = await connectAs(relay, alice);
  await using others = await connectAs(relay, bob, carol, secretKey(4));
  const code = await invited(member);
  assert.notEqual(await invited(member), code, "each request makes another");
  assert.equal((await others.publish(join(code, bob)))[0], true);
  assert.match((await others.publish(join(code, bob)))[1], /^duplicate: /);
  assert.equal((await others.publish(join(code, carol)))[0], true);
  assert.match((await others.publish(join(code, secretKey(4))))[1], /^restricted: .*invalid/);
});

test("NIP-43: a member brings in no more than max_invited, an operator does; beyond max_members nobody joins", async () => {
  await using relay = await startRelay(settings("invite_uses = 9\nmax_invited = 1\nmax_members = 3"));
  await using member = await connectAs(relay, alice);
  await using operator = await connectAs(relay, secretKey(9));
  const newcomers = [2, 3, 4].map((n) => secretKey(n));
  await using others = await connectAs(relay, ...newcomers);
  const code = await invited(member);
  const told: string[] = [];
  for (const key of newcomers) told.push((await others.publish(join(code, key)))[1]);
  assert.match(told[0]!, /^info: welcome/);
  assert.match(told[1]!, /^restricted: that is an invalid invite code/);
  await assert.rejects(invited(member), /^Error: restricted: you may not invite others, or no more/);
  const another = await invited(operator);
  assert.match((await others.publish(join(another, carol)))[1], /^info: welcome/);
  assert.match(
    (await others.publish(join(another, secretKey(4))))[1],
    /^restricted: this relay has its 3 members/,
  );
  assert.equal((await listed(others)).length, 3);
});

test("NIP-43: a code is good no more once who made it is no member, and again when they are", async () => {
  await using relay = await startRelay(settings());
  await using client = await connectAs(relay, bob, carol);
  await manage(relay, "allowpubkey", BOB);
  const code = await invited(client);
  for (const [out, back] of [["banpubkey", "unbanpubkey"], ["unallowpubkey", "allowpubkey"]] as const) {
    await manage(relay, out, BOB);
    assert.match(
      (await client.publish(join(code, carol)))[1],
      /^restricted: that is an invalid invite code$/,
    );
    await manage(relay, back, BOB);
  }
  assert.equal((await client.publish(join(code, carol)))[0], true);
});

for (
  const [inviters, asMember, asOperator] of [
    ["members", true, true],
    ["operators", false, true],
    ["nobody", false, false],
  ] as const
) {
  test(`NIP-43: inviters = "${inviters}"`, async () => {
    await using relay = await startRelay(settings(`inviters = "${inviters}"`));
    for (const [key, may] of [[alice, asMember], [secretKey(9), asOperator], [bob, false]] as const) {
      await using client = await connectAs(relay, key);
      if (may) assert.ok(await invited(client));
      else await assert.rejects(invited(client), /^Error: restricted: you may not invite/);
    }
    await using stranger = await Client.connect(relay.url);
    await assert.rejects(invited(stranger), /^Error: auth-required: /);
    assert.deepEqual(await stranger.request("mixed", { kinds: [1, 28_935] }), []);
  });
}

test("NIP-43: requests and codes go to nobody else", async () => {
  await using relay = await startRelay(settings());
  await using member = await connectAs(relay, alice);
  await using watcher = await connectAs(relay, carol);
  await watcher.request("all", {});
  await member.publish(join(await invited(member), alice));
  await member.publish(signedEvent({}, alice));
  const seen = (await watcher.drain()).filter(([verb]) => verb === "EVENT").map(([, , event]) => event.kind);
  assert.deepEqual(seen, [1]);
});

test("NIP-43: requests need no place among the kinds that are accepted", async () => {
  await using relay = await startRelay(`[limits]\nevent_kind_allowlist = [1]\n${settings()}`);
  await using client = await connectAs(relay, alice, bob);
  assert.deepEqual(await client.publish(join(await invited(client), bob)), [
    true,
    "info: welcome to Longneck",
  ]);
  assert.match((await client.publish(signedEvent({ kind: 7 }, bob)))[1], /^blocked: kind 7/);
});

test("NIP-43: a member may publish what somebody else wrote", async () => {
  await using relay = await startRelay(settings());
  await using member = await connectAs(relay, alice);
  await using stranger = await Client.connect(relay.url);
  assert.match((await stranger.publish(signedEvent({}, carol)))[1], /^auth-required: /);
  assert.deepEqual(await member.publish(signedEvent({}, carol)), [true, ""]);
});

test("NIP-43: with required_to_read only members read", async () => {
  await using relay = await startRelay(settings("required_to_read = true"));
  await using member = await connectAs(relay, alice);
  await using other = await connectAs(relay, bob);
  await using stranger = await Client.connect(relay.url);
  assert.equal((await member.request("x", { kinds: [13_534] })).length, 1);
  await assert.rejects(other.request("x", {}), /^Error: restricted: only members may read/);
  await assert.rejects(stranger.request("x", {}), /^Error: auth-required: /);
  assert.equal((await other.publish(join(await invited(member), bob)))[0], true);
  assert.equal((await other.request("y", { kinds: [13_534] })).length, 1);
});

for (const [how, args] of [["unallowpubkey", [BOB]], ["banpubkey", [BOB]], ["leaves", []]] as const) {
  test(`NIP-43: with required_to_read, who is a member no more is sent no live events (${how})`, async () => {
    await using relay = await startRelay(settings("required_to_read = true"));
    await manage(relay, "allowpubkey", BOB);
    await using member = await connectAs(relay, alice);
    await using former = await connectAs(relay, bob);
    await former.request("live", { kinds: [1] });
    await member.publish(signedEvent({ content: "before" }, alice));
    assert.equal((await former.next("EVENT"))[2].content, "before");
    if (how === "leaves") await former.publish(leave(bob));
    else await manage(relay, how, ...args);
    await member.publish(signedEvent({ content: "after" }, alice));
    const [verb, id, reason] = await former.next("EVENT", "CLOSED");
    assert.deepEqual([verb, id], ["CLOSED", "live"]);
    assert.match(reason, /^restricted: only members may read/);
  });
}

test("NIP-43: whom operators allow is a member, and whom they ban is none", async () => {
  await using relay = await startRelay(settings());
  await using client = await Client.connect(relay.url);
  await manage(relay, "allowpubkey", BOB);
  assert.deepEqual((await listed(client)).toSorted(), [ALICE, BOB].toSorted());
  assert.deepEqual(await client.publish(signedEvent({}, bob)), [true, ""]);
  await manage(relay, "banpubkey", BOB);
  assert.deepEqual(await listed(client), [ALICE]);
  await manage(relay, "unbanpubkey", BOB);
  await manage(relay, "unallowpubkey", BOB);
  assert.deepEqual(await listed(client), [ALICE]);
});

test("NIP-86: roles are made, changed, given, taken and removed, as NIP-43 publishes them", async () => {
  await using relay = await startRelay(settings());
  await using client = await Client.connect(relay.url);
  const roles = async () =>
    (await published(client)).filter(({ kind }) => kind === 33_534).map(({ tags }) => tags);
  const ofAlice = async () =>
    membersIn((await published(client)).find(({ kind }) => kind === 13_534)!)
      .find(([pubkey]) => pubkey === ALICE)!.slice(1);
  const methods: string[] = await manage(relay, "supportedmethods");
  const about = ["assignrole", "createrole", "deleterole", "editrole", "unassignrole"];
  assert.deepEqual(methods.filter((name) => name.endsWith("role")).toSorted(), about);
  assert.equal(await manage(relay, "createrole", "k1", "king", "ruler of the relay", 37, 1), true);
  assert.deepEqual(await roles(), [[
    ["-"],
    ["d", "k1"],
    ["label", "king"],
    ["description", "ruler of the relay"],
    ["color", "37"],
    ["order", "1"],
  ]]);
  await assert.rejects(manage(relay, "createrole", "k1", "again"), /exists/);
  assert.equal(await manage(relay, "editrole", "k1", "queen"), true);
  assert.deepEqual(await roles(), [[["-"], ["d", "k1"], ["label", "queen"]]]);
  await assert.rejects(manage(relay, "editrole", "k2", "x"), /no role k2/);
  await assert.rejects(manage(relay, "assignrole", ALICE, "k2"), /no role k2/);
  await assert.rejects(manage(relay, "assignrole", BOB, "k1"), /no member/);
  await assert.rejects(manage(relay, "createrole", "k3", "x", "", 361), /parameter 4 must be/);
  assert.equal(await manage(relay, "assignrole", ALICE, "k1"), true);
  assert.deepEqual(await ofAlice(), ["k1"]);
  assert.equal(await manage(relay, "unassignrole", ALICE, "k1"), true);
  assert.deepEqual(await ofAlice(), []);
  await manage(relay, "assignrole", ALICE, "k1");
  assert.equal(await manage(relay, "deleterole", "k1"), true);
  assert.deepEqual([await roles(), await ofAlice()], [[], []]);
});
