import assert from "node:assert/strict";
import { authenticate, now } from "../fixtures/auth.ts";
import { Client } from "../fixtures/client.ts";
import { MANAGED, OPERATOR } from "../fixtures/management.ts";
import { startRelay, type TestRelay } from "../fixtures/relay.ts";
import { secretKey, signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";

const URL = "wss://relay.example.com";
const KEY = `[info]\nrelay_url = "${URL}"\nsecret_key = "${"5".padStart(64, "0")}"\n`;

/** A dozen ways to run the relay. What each is told to be must be what it is. */
const configurations: Readonly<Record<string, string>> = {
  "as it comes": "",
  "with small limits":
    "[limits]\nmax_ws_message_bytes = 20000\nmax_event_bytes = 10000\nmax_subscriptions = 2\n" +
    "max_subscription_id_length = 20\nmax_limit = 3\ndefault_limit = 2\nmax_event_tags = 2\nmax_content_length = 10\n" +
    "max_future_seconds = 60",
  "without authentication": "[authorization]\nnip42_auth = false",
  "without private kinds": "[authorization]\nprivate_kinds = []",
  "with authentication for everything":
    "[authorization]\nauth_required_to_read = true\nauth_required_to_write = true",
  "with writers on a list": `[authorization]\nwrite_allowlist = ["${OPERATOR}"]`,
  "with proof of work": "[limits]\nmin_pow_difficulty = 20",
  "without hints and sync": "[options]\neose_hints = false\n[sync]\nenabled = false",
  "with search": "[search]\nenabled = true",
  "with management": MANAGED,
  "without gift wraps and deletion requests": "[limits]\nevent_kind_blacklist = [5, 1059]",
  "with one kind alone": "[limits]\nevent_kind_allowlist = [7]",
  "with private kinds among few": "[limits]\nevent_kind_allowlist = [5, 1059]",
  "with authors on a list": `[authorization]\npubkey_whitelist = ["${OPERATOR}"]`,
  "with verified users": '[verified_users]\nmode = "enabled"',
  "with names": `[nip05]\nnames = { alice = "${OPERATOR}" }`,
  "with members": `${KEY}[membership]\nenabled = true`,
  "with discovery": `${KEY}[discovery]\nenabled = true`,
};

interface Probe {
  readonly relay: TestRelay;
  /** Authenticated where the relay has that. */
  readonly client: Client;
  readonly stranger: Client;
}

/** Publishes as the client and gives the reason of the refusal, if it is one. */
async function refusal(
  { client }: Probe,
  given: Parameters<typeof signedEvent>[0],
  key = secretKey(1),
): Promise<string> {
  const [accepted, reason] = await client.publish(signedEvent({ created_at: now(), ...given }, key));
  return accepted ? "" : reason;
}

async function answer(client: Client, ...message: unknown[]): Promise<unknown[]> {
  client.send(...message);
  return await client.next("EVENT", "EOSE", "CLOSED", "COUNT", "NEG-MSG", "NEG-ERR", "NOTICE");
}

async function statusOfCall({ relay }: Probe): Promise<number> {
  const headers = { "content-type": "application/nostr+json+rpc" };
  const response = await fetch(relay.httpUrl, {
    method: "POST",
    headers,
    body: '{"method":"supportedmethods"}',
  });
  await response.body?.cancel();
  return response.status;
}

const finds = async ({ client }: Probe, filter: object) => (await client.request("probe", filter)).length > 0;

async function names({ relay }: Probe): Promise<boolean> {
  const response = await fetch(`${relay.httpUrl}/.well-known/nostr.json?name=alice`);
  const text = await response.text();
  return response.ok && text.includes(OPERATOR);
}

/** Takes gift wraps, of whomever may write at all, and keeps them to their recipients. */
async function carriesGiftWraps(probe: Probe): Promise<boolean> {
  const [verb, , reason] = await answer(probe.stranger, "REQ", "wraps", { kinds: [1_059] });
  const isKept = verb === "CLOSED" && `${reason}`.startsWith("auth-required:");
  const wrap = { kind: 1_059, tags: [["p", OPERATOR]] };
  return isKept && !(await refusal(probe, wrap, secretKey(8))).startsWith("blocked:");
}

/** How a client sees that a NIP is kept, where that can be switched. */
const behaviour: Readonly<Record<number, (probe: Probe) => Promise<boolean>>> = {
  5: names,
  13: async (probe) => (await refusal(probe, {})).startsWith("pow:"),
  9: async (probe) =>
    !(await refusal(probe, { kind: 5, tags: [["e", OPERATOR]] })).startsWith("blocked: kind"),
  17: carriesGiftWraps,
  42: async ({ relay }) => {
    await using newcomer = await Client.connect(relay.url);
    newcomer.send("CLOSE", "nothing");
    newcomer.send("nonsense");
    return (await newcomer.next())[0] === "AUTH";
  },
  43: (probe) => finds(probe, { kinds: [13_534] }),
  50: async ({ client }) =>
    (await answer(client, "REQ", "words", { search: "giraffe", limit: 1 }))[0] !== "CLOSED",
  59: carriesGiftWraps,
  66: (probe) => finds(probe, { kinds: [30_166] }),
  67: async ({ client }) => (await answer(client, "REQ", "hint", { ids: [] })).length === 3,
  77: async ({ client }) => (await answer(client, "NEG-OPEN", "compare", { ids: [] }, "61"))[0] === "NEG-MSG",
  86: async (probe) => await statusOfCall(probe) === 401,
  98: async (probe) => await statusOfCall(probe) === 401,
};

for (const [name, settings] of Object.entries(configurations)) {
  test(`NIP-11: ${name}, the relay is what it says`, async () => {
    await using relay = await startRelay(settings);
    await using client = await Client.connect(relay.url);
    await using stranger = await Client.connect(relay.url);
    const response = await fetch(relay.httpUrl, { headers: { accept: "application/nostr+json" } });
    const { supported_nips, limitation } = await response.json();
    const url = settings.includes(URL) ? URL : relay.url;
    if (supported_nips.includes(42)) await authenticate(client, url, secretKey(1));
    const probe: Probe = { relay, client, stranger };

    for (const [nip, isKept] of Object.entries(behaviour)) {
      assert.equal(supported_nips.includes(Number(nip)), await isKept(probe), `NIP-${nip}`);
    }
    const askedFirst = async (...message: unknown[]) =>
      `${(await answer(stranger, ...message))[2]}`.startsWith("auth-required:");
    assert.equal(
      await askedFirst("REQ", "anything", { kinds: [1] }),
      limitation.auth_required,
      "auth_required",
    );

    const tags = Array.from({ length: limitation.max_event_tags + 1 }, () => ["t", "x"]);
    assert.match(await refusal(probe, { tags }), /^\S+: /);
    const late = { created_at: now() + limitation.created_at_upper_limit + 60 };
    assert.match(await refusal(probe, late), /^\S+: /);
    if (!limitation.restricted_writes) {
      assert.equal(await refusal(probe, { content: "open" }), "", "restricted_writes");
      await client.publishAll(
        Array.from({ length: 5 }, (_, n) => signedEvent({ kind: 1_111, content: `${n}` })),
      );
      const all = await client.request("probe", { limit: limitation.max_limit + 1, kinds: [1_111] });
      assert.equal(all.length, Math.min(5, limitation.max_limit), "max_limit");
      const some = await client.request("probe", { kinds: [1_111] });
      assert.equal(some.length, Math.min(5, limitation.default_limit), "default_limit");
    } else {
      assert.notEqual(await refusal(probe, {}), "", "restricted_writes");
    }
    if (limitation.max_content_length !== undefined) {
      const content = "x".repeat(limitation.max_content_length + 1);
      assert.match(await refusal(probe, { content }), /^\S+: .*content/, "max_content_length");
    }
    client.send("CLOSE", "probe");
    const tooLong = "x".repeat(limitation.max_subid_length + 1);
    assert.equal((await answer(client, "REQ", tooLong, { limit: 0 }))[0], "CLOSED", "max_subid_length");
    client.sendText('["CLOSE","x"]'.padEnd(limitation.max_message_length + 1));
    assert.ok((await client.drain()).some(([verb]) => verb === "NOTICE"), "max_message_length");

    await using subscriber = await Client.connect(relay.url);
    if (supported_nips.includes(42)) await authenticate(subscriber, url, secretKey(1));
    for (let open = 0; open < limitation.max_subscriptions; open++) {
      assert.equal(
        (await answer(subscriber, "REQ", `${open}`, { limit: 0 }))[0],
        "EOSE",
        "max_subscriptions",
      );
    }
    assert.equal((await answer(subscriber, "REQ", "more", { limit: 0 }))[0], "CLOSED", "max_subscriptions");
  });
}
