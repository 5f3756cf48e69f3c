import assert from "node:assert/strict";
import type { NostrEvent, VerifiedEvent } from "../../src/protocol/event.ts";
import type { Filter } from "../../src/protocol/filter.ts";
import type { RecordChange } from "../../src/storage/records.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import type { OpenStore, Store, StoreOptions } from "./stores.ts";

const ALICE = hex(1), BOB = hex(2);
const NOW = 1_700_000_000;

const note = (created_at: number, given: Partial<NostrEvent> = {}) => fakeEvent({ created_at, ...given });
const deletion = (created_at: number, tags: string[][], given: Partial<NostrEvent> = {}) =>
  fakeEvent({ kind: 5, created_at, tags, ...given });
const profile = (created_at: number, given: Partial<NostrEvent> = {}) =>
  fakeEvent({ kind: 0, created_at, ...given });
const article = (created_at: number, d: string, given: Partial<NostrEvent> = {}) =>
  fakeEvent({ kind: 30_023, created_at, tags: [["d", d]], ...given });
const ids = (...events: VerifiedEvent[]) => events.map(({ event }) => event.id);
const everything: Filter = {};

type Register = (rule: string, body: () => Promise<void>) => void;

/** What every engine promises. */
export function repositoryRules(engine: string, open: OpenStore, register: Register = test): void {
  const rule = (name: string, body: (store: Store) => Promise<void>, options: StoreOptions = {}) =>
    register(`${engine}: ${name}`, async () => {
      await using store = await open({ now: () => NOW, ...options });
      await body(store);
    });

  rule("an empty repository finds and counts nothing", async (store) => {
    assert.deepEqual(await store.find(everything), []);
    assert.equal(await store.count(everything), 0);
    assert.equal(await store.repository.has(hex(9)), false);
    assert.equal(await store.repository.removeExpired(), 0);
  });

  rule("what is found is the JSON that was saved, to the letter", async (store) => {
    const content = 'a "quote", \\, \u0000, \u2028, \u007f, 🦒, \n and \ud7ff';
    const saved = note(1, { content, tags: [["t", content], ["alt"], ["x", ""]] });
    await store.save(saved);
    assert.deepEqual(await store.find(everything), [saved.json]);
    assert.deepEqual(await store.ids({ tags: [{ name: "t", values: [content] }] }), ids(saved));
    assert.deepEqual(await store.ids({ tags: [{ name: "x", values: [""] }] }), ids(saved));
  });

  rule("a second save of an event is a duplicate", async (store) => {
    const saved = note(1);
    assert.deepEqual(await store.save(saved, saved), ["stored", "duplicate"]);
    assert.deepEqual(await store.save(saved), ["duplicate"]);
    assert.equal(await store.count(everything), 1);
  });

  rule("has sees what was saved before", async (store) => {
    const saved = note(1);
    await store.save(saved);
    const asked = [saved.event.id, hex(7), saved.event.id.replace(/.$/, (last) => last === "0" ? "1" : "0")];
    assert.deepEqual(await Promise.all(asked.map((id) => store.repository.has(id))), [true, false, false]);
  });

  rule("the newest come first, and ties put the lowest id first", async (store) => {
    const [low, middle, high] = [1, 2, 3].map((n) => note(10, { id: hex(n) })) as [
      VerifiedEvent,
      VerifiedEvent,
      VerifiedEvent,
    ];
    const older = note(9, { id: hex(0) }), newer = note(11, { id: hex(9) });
    await store.save(high, older, low, newer, middle);
    assert.deepEqual(await store.ids(everything), ids(newer, low, middle, high, older));
    assert.deepEqual(await store.ids({ limit: 3 }), ids(newer, low, middle));
    assert.deepEqual(await store.ids({ ids: ids(older, high, low) }), ids(low, high, older));
  });

  const tagged = fakeEvent({
    kind: 7,
    created_at: 10,
    pubkey: ALICE,
    tags: [["e", hex(5)], ["p", BOB, "wss://relay"], ["E", hex(6)], ["t", "one", "two"], ["alt", "x"], ["r"]],
  });
  const matching: [name: string, filter: Filter, found: boolean][] = [
    ["an empty filter matches all", {}, true],
    ["since is inclusive", { since: 10 }, true],
    ["since after created_at excludes", { since: 11 }, false],
    ["until is inclusive", { until: 10 }, true],
    ["until before created_at excludes", { until: 9 }, false],
    ["a range backwards matches nothing", { since: 11, until: 9 }, false],
    ["an id matches", { ids: [hex(8), tagged.event.id] }, true],
    ["another id does not match", { ids: [hex(8)] }, false],
    ["an author matches", { authors: [BOB, ALICE] }, true],
    ["another author does not match", { authors: [BOB] }, false],
    ["a kind matches", { kinds: [1, 7] }, true],
    ["another kind does not match", { kinds: [1] }, false],
    ["author and kind must both match", { authors: [ALICE], kinds: [1] }, false],
    ["a tag matches", { tags: [{ name: "e", values: [hex(5)] }] }, true],
    ["upper and lower case are different tags", { tags: [{ name: "E", values: [hex(5)] }] }, false],
    ["only the first value of a tag counts", { tags: [{ name: "t", values: ["two"] }] }, false],
    ["a tag without a value matches nothing", { tags: [{ name: "r", values: [""] }] }, false],
    ["a tag and a kind match", { kinds: [7], tags: [{ name: "p", values: [BOB] }] }, true],
    ["a tag matches, its event's kind does not", { kinds: [1], tags: [{ name: "p", values: [BOB] }] }, false],
    ["two tags must both match", {
      tags: [{ name: "t", values: ["one"] }, { name: "e", values: [hex(6)] }],
    }, false],
    ["an empty list of ids matches nothing", { ids: [] }, false],
    ["an empty list of authors matches nothing", { authors: [], kinds: [7] }, false],
    ["an empty list of kinds matches nothing", { kinds: [] }, false],
    ["an empty list of values matches nothing", { tags: [{ name: "e", values: [] }] }, false],
    ["a prefix is no id", { ids: [tagged.event.id.slice(0, 20)] }, false],
    ["a prefix is no author", { authors: [ALICE.slice(0, 20)] }, false],
  ];
  rule("filters select as NIP-01 says", async (store) => {
    await store.save(tagged);
    for (const [name, filter, found] of matching) {
      assert.deepEqual(await store.find(filter), found ? [tagged.json] : [], name);
      assert.equal(await store.count(filter), found ? 1 : 0, name);
    }
  });

  const few = Array.from({ length: 4 }, (_, n) => note(1 + n, { kind: 1 + n % 2 }));
  const expired = note(0, { kind: 3, tags: [["expiration", "1"]] });
  const leftOut: [name: string, filters: Filter[], more: boolean][] = [
    ["no limit leaves nothing out", [{}], false],
    ["a limit above what there is leaves nothing out", [{ limit: 5 }], false],
    ["a limit reached exactly leaves nothing out", [{ limit: 4 }], false],
    ["one fewer leaves one out", [{ limit: 3 }], true],
    ["a limit of none leaves out what there is", [{ limit: 0 }], true],
    ["where there is nothing, none leaves nothing out", [{ kinds: [7], limit: 0 }], false],
    ["what has expired is not left out", [{ kinds: [3], limit: 0 }], false],
    ["what matches nothing leaves nothing out", [{ ids: [], limit: 1 }], false],
    ["what one filter leaves out, another may send", [{ limit: 1 }, { limit: 4 }], false],
    ["in part only", [{ limit: 1 }, { kinds: [1], limit: 4 }], true],
    ["each may send what the other leaves out", [{ kinds: [1, 2], limit: 3 }, { until: 1, limit: 1 }], false],
    ["one of several filters may leave something out", [{ kinds: [1] }, { kinds: [2], limit: 1 }], true],
  ];
  rule("find tells whether an event passes that the limits leave out", async (store) => {
    await store.save(...few, expired);
    for (const [name, filters, more] of leftOut) {
      assert.deepEqual(await store.findAndSeek(...filters), [await store.ids(...filters), more], name);
    }
  });

  rule("find looks as far as it must for what the limits leave out", async (store) => {
    const many = Array.from({ length: 700 }, (_, n) => note(1 + n, { kind: 1 + n % 2 }));
    await store.save(...many);
    const filters = [{ kinds: [1], limit: 2 }, { until: 700, limit: 699 }];
    assert.equal((await store.findAndSeek(...filters))[1], true);
    assert.equal((await store.findAndSeek(...filters, { ids: ids(many[0]!) }))[1], false);
  });

  rule("with prefix search, ids and authors match by their beginning", async (store) => {
    const tail = (digits: number) => "4".repeat(digits);
    const a = note(3, { id: `ab${tail(62)}`, pubkey: `12${tail(62)}` });
    const b = note(2, { id: `ac1${tail(61)}`, pubkey: `123${tail(61)}` });
    const c = note(1, { id: `ac2${tail(61)}`, pubkey: `13${tail(62)}` });
    await store.save(a, b, c);
    for (
      const [filter, found] of [
        [{ ids: ["a"] }, [a, b, c]],
        [{ ids: ["ac"] }, [b, c]],
        [{ ids: ["ac2", "ab"] }, [a, c]],
        [{ ids: ["ac", "ab"] }, [a, b, c]],
        [{ ids: [c.event.id.slice(0, 63)] }, [c]],
        [{ ids: [b.event.id, "acf"] }, [b]],
        [{ authors: ["12"] }, [a, b]],
        [{ authors: ["123"], kinds: [1] }, [b]],
        [{ authors: ["1"], kinds: [2] }, []],
        [{ authors: ["1"], limit: 2 }, [a, b]],
      ] as [Filter, VerifiedEvent[]][]
    ) assert.deepEqual(await store.ids(filter), ids(...found), JSON.stringify(filter));
  }, { prefixes: true });

  rule("a limit keeps the newest, and 0 means none", async (store) => {
    await store.save(note(1), note(2), note(3));
    assert.deepEqual(await store.ids({ limit: 2 }), ids(note(3), note(2)));
    assert.deepEqual(await store.ids({ limit: 9, until: 2 }), ids(note(2), note(1)));
    assert.deepEqual(await store.ids({ limit: 0 }), []);
    assert.deepEqual(await store.find(), []);
  });

  rule("several filters are merged, each event comes once, each limit is kept", async (store) => {
    const [a, b, c, d] = [4, 3, 2, 1].map((at) => note(at, { pubkey: at % 2 ? ALICE : BOB })) as [
      VerifiedEvent,
      VerifiedEvent,
      VerifiedEvent,
      VerifiedEvent,
    ];
    await store.save(a, b, c, d);
    assert.deepEqual(await store.ids({ authors: [ALICE] }, { authors: [BOB] }), ids(a, b, c, d));
    assert.deepEqual(
      await store.ids({ authors: [ALICE], limit: 1 }, { authors: [BOB], limit: 1 }),
      ids(a, b),
    );
    assert.deepEqual(await store.ids({ limit: 2 }, { limit: 3 }), ids(a, b, c));
    assert.deepEqual(await store.ids({ limit: 0 }, { ids: [] }, { until: 1 }), ids(d));
    assert.equal(await store.count({ authors: [ALICE], limit: 1 }, { since: 3, limit: 0 }), 3);
  });

  rule("a long answer comes in pages that are bounded, in order and complete", async (store) => {
    const events = Array.from({ length: 700 }, (_, n) => note(1000 + Math.floor(n / 3), { content: `${n}` }));
    await store.save(...events);
    const pages = await store.pages({ limit: 650 });
    assert.ok(pages.every(({ length }) => length <= 300));
    const expected = events.map(({ event }) => event)
      .sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? -1 : 1));
    assert.deepEqual(
      pages.flat().map((json) => JSON.parse(json).id),
      expected.slice(0, 650).map(({ id }) => id),
    );
  });

  rule("identify tells times and ids, in the order of serving, across pages", async (store) => {
    const events = Array.from({ length: 5_000 }, (_, n) => note(n % 900, { content: `${n}` }));
    await store.save(...events);
    const expected = events.map(({ event }) => event)
      .sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? -1 : 1))
      .map(({ created_at, id }) => [created_at, id]);
    assert.deepEqual(await store.identities(everything), expected);
    assert.deepEqual(await store.identities({ limit: 4_500 }), expected.slice(0, 4_500));
    const older = expected.filter(([at]) => Number(at) <= 150).slice(0, 700);
    assert.deepEqual(
      await store.identities({ since: 140, until: 199 }, { until: 150, limit: 700 }),
      [...expected.filter(([at]) => Number(at) > 150 && Number(at) <= 199), ...older],
    );
    assert.deepEqual(await store.identities({ limit: 0 }, { ids: [] }), []);
  });

  rule("identify leaves out what has expired or was deleted, and tells each event once", async (store) => {
    const expiring = (at: number) => note(at, { tags: [["expiration", `${at}`], ["t", "x"]] });
    const deleted = note(3), request = deletion(4, [["e", deleted.event.id]]);
    await store.save(expiring(NOW - 1), expiring(NOW + 1), note(0), profile(2), deleted, request);
    const left = [expiring(NOW + 1), request, profile(2), note(0)];
    const expected = left.map(({ event: { created_at, id } }) => [created_at, id]);
    assert.deepEqual(await store.identities(everything, { kinds: [0, 1] }, { ids: ids(note(0)) }), expected);
  });

  rule("an abort ends the telling of ids at its next page", async (store) => {
    await store.save(...Array.from({ length: 5_000 }, (_, n) => note(n)));
    const abort = new AbortController();
    const reason = new Error("gone");
    await assert.rejects(async () => {
      for await (const _ of store.repository.identify([everything], abort)) abort.abort(reason);
    }, reason);
    for await (const _ of store.repository.identify([everything], store)) break;
    assert.equal(await store.count(everything), 5_000);
  });

  rule("an abort ends a query at its next page", async (store) => {
    await store.save(...Array.from({ length: 500 }, (_, n) => note(n)));
    const abort = new AbortController();
    const reason = new Error("gone");
    const pages: string[][] = [];
    await assert.rejects(async () => {
      for await (const page of store.repository.find([everything], { signal: abort.signal })) {
        pages.push(page);
        abort.abort(reason);
      }
    }, reason);
    assert.equal(pages.length, 1);
    await assert.rejects(store.repository.count([everything], { signal: abort.signal }), reason);
  });

  rule("leaving a query early leaves nothing behind", async (store) => {
    await store.save(...Array.from({ length: 500 }, (_, n) => note(n)));
    for await (const _ of store.repository.find([everything], { signal: store.signal })) break;
    assert.equal(await store.count(everything), 500);
  });

  rule("what is removed during a query is not found by its later pages", async (store) => {
    const events = Array.from({ length: 400 }, (_, n) => note(n + 1));
    await store.save(...events);
    const found: string[] = [];
    for await (const page of store.repository.find([everything], { signal: store.signal })) {
      found.push(...page);
      if (found.length === page.length) await store.save(deletion(NOW, [["e", events[0]!.event.id]]));
    }
    assert.equal(found.includes(events[0]!.json), false);
    assert.equal(found.length, 399);
  });

  // NIP-01: replaceable and addressable events

  rule("a newer version replaces an older one for good", async (store) => {
    assert.deepEqual(await store.save(profile(1), profile(2)), ["stored", "stored"]);
    assert.deepEqual(await store.save(profile(3), profile(2)), ["stored", "superseded"]);
    assert.deepEqual(await store.ids({ kinds: [0] }), ids(profile(3)));
    assert.deepEqual(await store.ids({ ids: ids(profile(1), profile(2)) }), []);
    assert.equal(await store.repository.has(profile(1).event.id), false);
  });

  rule("the tags of a replaced version no longer find anything", async (store) => {
    const contacts = (at: number, p: string) => fakeEvent({ kind: 3, created_at: at, tags: [["p", p]] });
    await store.save(contacts(1, ALICE), contacts(2, BOB));
    assert.deepEqual(await store.ids({ tags: [{ name: "p", values: [ALICE] }] }), []);
    assert.deepEqual(await store.ids({ tags: [{ name: "p", values: [BOB] }] }), ids(contacts(2, BOB)));
  });

  rule("of versions from the same second the lowest id stays", async (store) => {
    const [low, high] = [profile(1, { id: hex(1) }), profile(1, { id: hex(2) })];
    assert.deepEqual(await store.save(high, low), ["stored", "stored"]);
    assert.deepEqual(await store.save(high), ["superseded"]);
    assert.deepEqual(await store.ids(everything), ids(low));
  });

  rule("other authors, kinds and d tags are other addresses; a missing d is the empty one", async (store) => {
    const separate = [
      profile(5),
      profile(4, { pubkey: BOB }),
      profile(3, { kind: 10_002 }),
      article(2, "x"),
      article(1, ""),
    ];
    await store.save(...separate);
    assert.deepEqual(await store.ids(everything), ids(...separate));
    assert.deepEqual(await store.save(fakeEvent({ kind: 30_023, created_at: 2 })), ["stored"]);
    assert.equal(await store.repository.has(article(1, "").event.id), false);
  });

  rule("regular events never replace each other", async (store) => {
    assert.deepEqual(await store.save(note(1), note(2), note(3, { kind: 40_000 })), [
      "stored",
      "stored",
      "stored",
    ]);
    assert.equal(await store.count(everything), 3);
  });

  // NIP-09: deletion requests

  rule("a deletion request deletes its author's event, and is itself stored", async (store) => {
    const [mine, other] = [note(1, { pubkey: ALICE }), note(2, { pubkey: BOB })];
    const request = deletion(3, [["e", mine.event.id], ["e", other.event.id]], { pubkey: ALICE });
    assert.deepEqual(await store.save(mine, other, request), ["stored", "stored", "stored"]);
    assert.deepEqual(await store.ids(everything), ids(request, other));
    assert.deepEqual(await store.save(mine, other), ["deleted", "duplicate"]);
  });

  rule("an event that comes after its deletion request is refused, whatever the times", async (store) => {
    const [old, late] = [note(1), note(99)];
    await store.save(deletion(50, [["e", old.event.id], ["e", late.event.id]]));
    assert.deepEqual(await store.save(old, late), ["deleted", "deleted"]);
    assert.equal(await store.count({ kinds: [1] }), 0);
  });

  rule("nobody else's request keeps an event out", async (store) => {
    await store.save(deletion(5, [["e", note(1).event.id]], { pubkey: BOB }));
    assert.deepEqual(await store.save(note(1)), ["stored"]);
  });

  rule("a deletion request cannot be deleted", async (store) => {
    const first = deletion(1, [["e", hex(5)]]);
    const second = deletion(2, [["e", first.event.id]]);
    assert.deepEqual(await store.save(first, second), ["stored", "stored"]);
    const early = deletion(4, [["e", deletion(3, []).event.id]]);
    assert.deepEqual(await store.save(early, deletion(3, [])), ["stored", "stored"]);
    assert.equal(await store.count({ kinds: [5] }), 4);
  });

  rule("an a tag deletes versions up to the request's time, not newer ones", async (store) => {
    const request = deletion(5, [["a", `30023:${ALICE}:x:y`]], { pubkey: ALICE });
    await store.save(article(4, "x:y"), article(3, "z"), request);
    assert.deepEqual(await store.ids({ kinds: [30_023] }), ids(article(3, "z")));
    assert.deepEqual(await store.save(article(4, "x:y"), article(5, "x:y"), article(6, "x:y")), [
      "deleted",
      "deleted",
      "stored",
    ]);
    const earlier = deletion(3, [["a", `30023:${ALICE}:x:y`]], { pubkey: ALICE });
    assert.deepEqual(await store.save(earlier, article(5, "x:y")), ["stored", "deleted"]);
    assert.deepEqual(await store.ids({ tags: [{ name: "d", values: ["x:y"] }] }), ids(article(6, "x:y")));
  });

  rule("an a tag deletes a replaceable event", async (store) => {
    await store.save(profile(1), deletion(1, [["a", `0:${ALICE}:`]], { pubkey: ALICE }));
    assert.equal(await store.count({ kinds: [0] }), 0);
  });

  rule("an a tag with another public key, or with no address, has no effect", async (store) => {
    await store.save(article(1, "x"), profile(1), note(1));
    const names = [`30023:${ALICE}:x`, "30023", "x", "", `1:${BOB}:`, `0:${BOB}`];
    await store.save(deletion(9, names.map((name) => ["a", name]), { pubkey: BOB }));
    await store.save(deletion(9, [["a"], ["e"], ["e", "x"], ["a", `1:${ALICE}:`], ["a", `0:${ALICE}`]]));
    assert.equal(await store.count({ kinds: [0, 1, 30_023] }), 3);
  });

  rule("an e tag deletes one version of a replaceable event, not the others", async (store) => {
    await store.save(profile(2), deletion(9, [["e", profile(2).event.id]]));
    assert.deepEqual(await store.save(profile(2), profile(1), profile(3)), ["deleted", "stored", "stored"]);
  });

  // Removal by the operator

  rule("remove removes what it is told, and answers how many there were", async (store) => {
    const events = Array.from({ length: 1_100 }, (_, n) => note(n, { tags: [["t", "x"]] }));
    const left = [note(5_000, { tags: [["t", "x"]] }), article(1, "kept", { pubkey: BOB })];
    await store.save(...events, ...left, article(1, "gone"));
    const gone = [...ids(...events), ...ids(article(1, "gone")), hex(9)];
    assert.equal(await store.repository.remove([...gone, gone[0]!]), 1_101);
    assert.equal(await store.repository.remove(gone), 0);
    assert.equal(await store.repository.remove([]), 0);
    assert.deepEqual(await store.ids(everything), ids(...left));
    assert.equal(await store.count({ tags: [{ name: "t", values: ["x"] }] }), 1);
    assert.equal(await store.repository.has(gone[0]!), false);
  });

  rule("what was removed may be saved again, an older version too", async (store) => {
    await store.save(article(2, "a"), note(1));
    await store.repository.remove(ids(article(2, "a"), note(1)));
    assert.deepEqual(await store.save(article(1, "a"), note(1)), ["stored", "stored"]);
    assert.deepEqual(
      await store.ids(everything),
      [article(1, "a"), note(1)].map(({ event }) => event.id).sort(),
    );
  });

  // Records

  rule("records are put, replaced and removed, all changes of a write together", async ({ repository }) => {
    const { records } = repository;
    const [a, b] = [{ kind: "x", key: "a", value: '"1"' }, { kind: "x", key: "b", value: "{}" }];
    const read = async () =>
      (await records.read()).records.map((record) => ({ ...record })).sort((a, b) => a.key < b.key ? -1 : 1);
    const write = async (...changes: RecordChange[]) =>
      records.write((await records.read()).version, changes);
    assert.deepEqual(await read(), []);
    assert.equal(await write(a, b), true);
    assert.deepEqual(await read(), [a, b]);
    const changed = { ...a, value: JSON.stringify("\u0000 🦒") };
    assert.equal(await write(changed, { ...b, value: undefined }), true);
    assert.deepEqual(await read(), [changed]);
  });

  rule("a write that rests on older records changes nothing", async ({ repository: { records } }) => {
    const { version } = await records.read();
    const write = (key: string) => records.write(version, [{ kind: "x", key, value: "1" }]);
    assert.deepEqual((await Promise.all([write("a"), write("b")])).sort(), [false, true]);
    const now = await records.read();
    assert.deepEqual([now.version, now.records.length], [version + 1, 1]);
  });

  // NIP-40: expiration

  rule("an expired event is stored but never found or counted", async (store) => {
    const expiring = (at: number) => note(at, { tags: [["expiration", `${at}`], ["t", "x"]] });
    await store.save(expiring(NOW - 1), expiring(NOW), expiring(NOW + 1), note(1));
    assert.deepEqual(await store.ids(everything), ids(expiring(NOW + 1), note(1)));
    assert.deepEqual(await store.ids({ tags: [{ name: "t", values: ["x"] }] }), ids(expiring(NOW + 1)));
    assert.deepEqual(await store.ids({ ids: ids(expiring(NOW)) }), []);
    assert.equal(await store.count(everything), 2);
    assert.equal(await store.repository.has(expiring(NOW).event.id), true);
  });

  rule("an expired version of a replaceable event does not bring back an older one", async (store) => {
    await store.save(profile(1), profile(2, { tags: [["expiration", "3"]] }));
    assert.deepEqual(await store.ids({ kinds: [0] }), []);
    assert.deepEqual(await store.save(profile(1)), ["superseded"]);
  });

  register(`${engine}: removeExpired removes what has expired by now, for good`, async () => {
    let now = 10;
    await using store = await open({ now: () => now });
    const events = Array.from(
      { length: 1_200 },
      (_, n) => note(1, { tags: [["expiration", `${n < 1_100 ? 20 : 30}`], ["t", "x"]], content: `${n}` }),
    );
    await store.save(...events);
    assert.equal(await store.repository.removeExpired(), 0);
    now = 20;
    assert.equal(await store.count(everything), 100);
    assert.equal(await store.repository.removeExpired(), 1_100);
    assert.equal(await store.repository.removeExpired(), 0);
    assert.equal(await store.repository.has(events[0]!.event.id), false);
    now = 10;
    assert.equal(await store.count({ tags: [{ name: "t", values: ["x"] }] }), 100);
  });

  rule("closing twice is closing once", async (store) => {
    await store.save(note(1));
    await Promise.all([store.repository.close(), store.repository.close()]);
  });
}
