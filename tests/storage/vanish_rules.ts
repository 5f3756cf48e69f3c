import assert from "node:assert/strict";
import type { NostrEvent, VerifiedEvent } from "../../src/protocol/event.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import type { OpenStore, Store } from "./stores.ts";

const ALICE = hex(1), BOB = hex(2), NOW = 1_700_000_000;

const note = (created_at: number, given: Partial<NostrEvent> = {}) => fakeEvent({ created_at, ...given });
const request = (created_at: number, given: Partial<NostrEvent> = {}) =>
  fakeEvent({ kind: 62, created_at, tags: [["relay", "ALL_RELAYS"]], ...given });
const deletion = (created_at: number, ...named: VerifiedEvent[]) =>
  fakeEvent({ kind: 5, created_at, tags: named.map(({ event }) => ["e", event.id]) });
/** Made by a key of its own. */
const wrap = (created_at: number, ...to: string[]) =>
  fakeEvent({
    kind: 1_059,
    created_at,
    pubkey: hex(1_000 + created_at),
    tags: to.map((each) => ["p", each]),
  });
const ids = (...events: VerifiedEvent[]) => events.map(({ event }) => event.id);

const everybody = async (store: Store) => (await Array.fromAsync(store.repository.vanished())).flat();

type Register = (rule: string, body: () => Promise<void>) => void;

/** What every engine makes of requests to vanish (NIP-62), and of gift wraps that their recipients delete (NIP-59). */
export function vanishRules(engine: string, open: OpenStore, register: Register = test): void {
  const rule = (name: string, body: (store: Store) => Promise<void>) =>
    register(`${engine}: ${name}`, async () => {
      await using store = await open({ now: () => NOW });
      await body(store);
    });

  rule(
    "a request to vanish takes along all of its author up to its time, and stays itself",
    async (store) => {
      const theirs = [
        note(1),
        note(5, { kind: 0 }),
        note(4, { kind: 30_023, tags: [["d", "x"]] }),
        deletion(3, note(9)),
        note(2, { tags: [["expiration", `${NOW - 1}`]] }),
      ];
      const others = [note(1, { pubkey: BOB }), note(1, { pubkey: BOB, tags: [["p", ALICE]] })];
      await store.save(...theirs, ...others, note(6));
      assert.deepEqual(await store.save(request(5)), ["stored"]);
      assert.deepEqual((await store.ids({})).sort(), ids(note(6), request(5), ...others).sort());
      for (const id of ids(...theirs)) assert.equal(await store.repository.has(id), false);
    },
  );

  rule("gift wraps to whom vanishes go too, and what they have written of that kind", async (store) => {
    const gone = [wrap(1, ALICE), wrap(2, BOB, ALICE), note(3, { kind: 1_059, tags: [["p", BOB]] })];
    const left = [wrap(3, BOB), wrap(9, ALICE)];
    await store.save(...gone, ...left, request(5));
    assert.deepEqual((await store.ids({ kinds: [1_059] })).sort(), ids(...left).sort());
    assert.deepEqual(await store.save(...gone, wrap(4, ALICE)), Array(4).fill("vanished"));
  });

  rule("what has vanished is never taken again, nor what else is as old; newer events are", async (store) => {
    await store.save(note(1), request(5));
    assert.deepEqual(await store.save(note(1), note(5), deletion(5), note(6)), [
      "vanished",
      "vanished",
      "vanished",
      "stored",
    ]);
    assert.deepEqual(await store.save(request(5)), ["duplicate"]);
  });

  rule("an older request to vanish takes nothing back, a newer one goes further", async (store) => {
    assert.deepEqual(await store.save(request(5), request(3)), ["stored", "superseded"]);
    assert.deepEqual(await store.save(note(4), note(7)), ["vanished", "stored"]);
    await store.save(request(8));
    assert.deepEqual(await store.save(note(7)), ["vanished"]);
  });

  rule("of somebody's requests to vanish the newest is kept, whatever they say", async (store) => {
    for (const n of [3, 5, 4]) await store.save(request(n, { content: `Buy ${n}!` }));
    assert.deepEqual(await store.ids({}), ids(request(5, { content: "Buy 5!" })));
    await store.save(request(2, { pubkey: BOB }));
    assert.equal(await store.count({ kinds: [62] }), 2);
  });

  rule("who vanishes without a request that is kept is as gone, for good", async (store) => {
    const gone = [note(1), note(5, { kind: 0 }), wrap(2, ALICE), deletion(3, note(9))];
    await store.save(...gone, note(6), note(1, { pubkey: BOB }));
    await store.repository.vanish([{ pubkey: ALICE, until: 5 }]);
    assert.deepEqual(await store.ids({}), ids(note(6), note(1, { pubkey: BOB })));
    assert.deepEqual(await store.save(...gone), Array(4).fill("vanished"));
    await store.repository.vanish([{ pubkey: ALICE, until: 4 }, { pubkey: BOB, until: 0 }]);
    assert.deepEqual(await store.save(note(5), note(9)), ["vanished", "stored"]);
    assert.deepEqual(await everybody(store), [{ pubkey: ALICE, until: 5 }, { pubkey: BOB, until: 0 }]);
  });

  rule("all are told of who have vanished, in whatever way, and were they thousands", async (store) => {
    const strangers = Array.from({ length: 2_500 }, (_, n) => ({ pubkey: hex(n), until: n }));
    await store.repository.vanish(strangers);
    await store.save(request(1), request(1_001, { pubkey: hex(1_000) }));
    strangers[1_000]!.until = 1_001;
    assert.deepEqual((await everybody(store)).map(({ until }) => until), strangers.map(({ until }) => until));
  });

  rule(
    "in one batch, what comes before the request vanishes, and what comes after is refused",
    async (store) => {
      assert.deepEqual(await store.save(note(1), request(5), note(2), note(6)), [
        "stored",
        "stored",
        "vanished",
        "stored",
      ]);
      assert.deepEqual(await store.ids({}), ids(note(6), request(5)));
    },
  );

  rule("a request to vanish cannot be deleted, and does not expire", async (store) => {
    const expiring = request(5, { tags: [["relay", "ALL_RELAYS"], ["expiration", "6"]] });
    await store.save(expiring, deletion(9, expiring));
    assert.equal(await store.repository.removeExpired(), 0);
    assert.equal(await store.repository.has(expiring.event.id), true);
    assert.deepEqual(await store.save(note(5)), ["vanished"]);
  });

  rule("deletion requests vanish with what they had deleted of later times", async (store) => {
    const [early, late] = [note(7), note(8)];
    await store.save(deletion(3, early, late), deletion(6, late), request(5));
    assert.deepEqual(await store.save(early, late), ["stored", "deleted"]);
  });

  rule("thousands of events vanish while others are saved", async (store) => {
    await store.save(...Array.from({ length: 3_000 }, (_, n) => note(n, { kind: 1 + n % 3 })));
    const order: string[] = [];
    await Promise.all([
      store.repository.save(request(4_000)).then(() => order.push("gone")),
      store.repository.save(note(1, { pubkey: BOB })).then(() => order.push("saved")),
    ]);
    assert.deepEqual(order, ["saved", "gone"]);
    assert.deepEqual(await store.ids({}), ids(request(4_000), note(1, { pubkey: BOB })));
  });

  rule("thousands of strangers may ask to vanish at once", async (store) => {
    await store.save(note(1), wrap(2, BOB));
    const strangers = Array.from(
      { length: 1_000 },
      (_, n) => request(5, { pubkey: (4_096 + n).toString(16).repeat(16) }),
    );
    const outcomes = await store.save(...strangers, request(5), request(5, { pubkey: BOB }));
    assert.deepEqual(new Set(outcomes), new Set(["stored"]));
    assert.equal(await store.count({ kinds: [1, 1_059] }), 0);
    assert.equal(await store.count({ kinds: [62] }), 1_002);
  });

  rule("a recipient's deletion request deletes gift wraps, those that come later too", async (store) => {
    const [toAlice, toBoth, toBob, late] = [
      wrap(1, ALICE),
      wrap(2, BOB, ALICE),
      wrap(3, BOB),
      wrap(4, ALICE),
    ];
    const note = fakeEvent({ pubkey: BOB, tags: [["p", ALICE]] });
    await store.save(toAlice, toBoth, toBob, note);
    await store.save(deletion(9, toAlice, toBoth, toBob, late, note));
    assert.deepEqual((await store.ids({ kinds: [1, 1_059] })).sort(), ids(toBob, note).sort());
    assert.deepEqual(await store.save(toAlice, toBoth, late), Array(3).fill("deleted"));
  });
}
