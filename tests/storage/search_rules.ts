import assert from "node:assert/strict";
import fc from "fast-check";
import type { NostrEvent, VerifiedEvent } from "../../src/protocol/event.ts";
import { type Filter, matcher } from "../../src/protocol/filter.ts";
import { Privacy } from "../../src/protocol/privacy.ts";
import { readSearch } from "../../src/protocol/search.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { openMemory, type OpenStore, type Store } from "./stores.ts";

const ALICE = hex(1), BOB = hex(2);
const KINDS = [1, 4, 30_023];
const NOW = 1_700_000_000;

const note = (created_at: number, content: string, given: Partial<NostrEvent> = {}) =>
  fakeEvent({ created_at, content, ...given });
const ids = (...events: VerifiedEvent[]) => events.map(({ event }) => event.id);
const searching = (query: string, filter: Filter = {}): Filter => ({
  ...filter,
  search: readSearch(query, KINDS)!,
});

type Register = (rule: string, body: () => Promise<void>) => void;

/** What every engine promises of search (NIP-50). */
export function searchRules(engine: string, open: OpenStore, register: Register = test): void {
  const rule = (name: string, body: (store: Store) => Promise<void>) =>
    register(`${engine}, search: ${name}`, async () => {
      await using store = await open({ now: () => NOW, searchKinds: KINDS });
      await body(store);
    });

  rule(
    "all words must be there, in any order; a phrase as it stands; a prefix begins a word",
    async (store) => {
      const a = note(1, "Die schönste Relais-Software, https://relay.example/Über?x=1");
      const b = note(2, "software for a relay: the most BEAUTIFUL one");
      await store.save(a, b);
      const cases: [query: string, found: VerifiedEvent[]][] = [
        ["software", [a, b]],
        ["SOFTWARE relay", [a, b]],
        ["relais software", [a]],
        ['"software relais"', []],
        ['"relais software"', [a]],
        ["relais-software", [a]],
        ["beauti", []],
        ["beauti*", [b]],
        ['"most beau"*', [b]],
        ["schonste uber", [a]],
        ["schön*", [a]],
        ["relay.example", [a]],
        ["example.relay", []],
        ["software NOT beautiful", []],
        ["relay language:de include:spam nsfw:false domain:example.com sentiment:positive", [a, b]],
        ["software -beautiful", [b]],
      ];
      for (const [query, found] of cases) {
        assert.deepEqual((await store.ids(searching(query))).sort(), ids(...found).sort(), query);
      }
    },
  );

  rule("scripts without spaces and symbols are found", async (store) => {
    const japanese = note(1, "今日は日本語でテスト。"),
      party = note(2, "ship it 🎉🚀"),
      thai = note(3, "สวัสดีครับ");
    await store.save(japanese, party, thai);
    for (
      const [query, found] of [["日本語", japanese], ["テスト", japanese], ["🚀", party], [
        "สวัสดี",
        thai,
      ]] as const
    ) {
      assert.deepEqual(await store.ids(searching(query)), ids(found), query);
    }
    assert.deepEqual(await store.ids(searching("本日")), []);
  });

  rule("the best come first, of equals the newest, and the limit leaves the best", async (store) => {
    const filler = "lorem ipsum dolor sit amet consectetur ".repeat(20);
    const long = note(9, `orange ${filler}`),
      short = note(1, "orange juice"),
      often = note(2, "orange orange");
    const newer = note(3, "orange peels");
    await store.save(short);
    await store.save(often);
    await store.save(newer);
    await store.save(long, note(8, filler));
    assert.deepEqual(await store.ids(searching("orange")), ids(often, newer, short, long));
    assert.deepEqual(await store.findAndSeek(searching("orange", { limit: 2 })), [ids(often, newer), true]);
    assert.deepEqual(await store.findAndSeek(searching("orange", { limit: 4 })), [
      ids(often, newer, short, long),
      false,
    ]);
    assert.deepEqual(await store.findAndSeek(searching("orange", { limit: 0 })), [[], true]);
    assert.deepEqual(await store.findAndSeek(searching("banana", { limit: 0 })), [[], false]);
  });

  rule("the filter's other fields hold too", async (store) => {
    const a = note(10, "apple", { tags: [["t", "x"]] }),
      b = note(20, "apple pie", { pubkey: BOB, kind: 30_023 });
    await store.save(a, b);
    const cases: [filter: Filter, found: VerifiedEvent[]][] = [
      [{ authors: [BOB] }, [b]],
      [{ ids: ids(a) }, [a]],
      [{ kinds: [30_023] }, [b]],
      [{ kinds: [7] }, []],
      [{ kinds: [] }, []],
      [{ since: 11 }, [b]],
      [{ until: 19 }, [a]],
      [{ since: 11, until: 10 }, []],
      [{ tags: [{ name: "t", values: ["x"] }] }, [a]],
      [{ tags: [{ name: "t", values: ["x"] }], authors: [BOB] }, []],
    ];
    for (const [filter, found] of cases) {
      assert.deepEqual(await store.ids(searching("apple", filter)), ids(...found), JSON.stringify(filter));
    }
  });

  rule("only events of the configured kinds are found", async (store) => {
    await store.save(note(1, "pear", { kind: 7 }));
    assert.deepEqual(await store.ids(searching("pear")), []);
  });

  rule("private events are found by those alone who may read them", async (store) => {
    const letter = note(1, "secret plum", { kind: 4, tags: [["p", BOB]] });
    await store.save(letter);
    const as = (...readers: string[]) =>
      store.ids(searching("plum", { privacy: new Privacy(new Set([4]), new Set(readers)) }));
    assert.deepEqual(await as(), []);
    assert.deepEqual(await as(hex(3)), []);
    assert.deepEqual(await as(BOB), ids(letter));
    assert.deepEqual(await as(ALICE), ids(letter));
  });

  rule("what leaves the store is not found any more", async (store) => {
    const gone = note(1, "fig one"), deleted = note(2, "fig two"), stays = note(4, "fig three");
    const article = (created_at: number, content: string) =>
      note(created_at, content, { kind: 30_023, tags: [["d", "x"]] });
    await store.save(gone, deleted, stays, article(5, "fig four"));
    const expiring = note(6, "fig five", { tags: [["expiration", `${NOW}`]] });
    await store.save(expiring);
    assert.equal((await store.ids(searching("fig"))).length, 4);
    await store.repository.remove(ids(gone));
    await store.save(note(7, "", { kind: 5, tags: [["e", deleted.event.id]] }), article(8, "melon"));
    await store.repository.removeExpired();
    assert.deepEqual(await store.ids(searching("fig")), ids(stays));
    assert.deepEqual(await store.ids(searching("fig OR melon")), []);
    await store.save(gone);
    assert.deepEqual(new Set(await store.ids(searching("fig"))), new Set(ids(stays, gone)));
  });

  rule("searches come before other filters, one after the other, and nothing twice", async (store) => {
    const kiwi = note(1, "kiwi"),
      both = note(2, "kiwi lime and more"),
      lime = note(3, "lime"),
      other = note(4, "");
    await store.save(kiwi, both, lime, other);
    assert.deepEqual(
      await store.ids({ limit: 2 }, searching("kiwi"), searching("lime")),
      ids(kiwi, both, lime, other),
    );
  });

  rule("more than a page is found", async (store) => {
    const notes = Array.from({ length: 350 }, (_, n) => note(n, "cherry"));
    for (const each of notes) await store.save(each);
    assert.deepEqual(
      await store.ids(searching("cherry", { limit: 310 })),
      ids(...notes.reverse()).slice(0, 310),
    );
  });

  if (open === openMemory) return; // what follows compares with what memory goes by
  rule("whatever the texts and whatever is asked, all find the same", async (store) => {
    const odd = [
      `x"y`,
      "x:* & y | !z <-> (q)",
      "NEAR(a b)",
      "a b c Ab \u0000 c'd",
      "\\ % _ ' '' \" \"\" * ^",
      "",
    ];
    const wild = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
      binary = fc.string({ unit: "binary" });
    const texts = [...odd, ...fc.sample(fc.oneof(wild, binary), 120)];
    const events = texts.map((content, n) => note(n, content));
    await store.save(...events);
    const atoms = [..."ab cxyzqdé日*'\"\\:&|!<>()-+^~{}[]%_\u0000\ud800🎉", " ", " OR ", "NEAR("];
    const atomic = fc.array(fc.constantFrom(...atoms), { maxLength: 12 }).map((all) => all.join(""));
    const part = fc.tuple(fc.constantFrom(...texts), fc.nat(20), fc.nat(8), fc.constantFrom("", "*", '"'))
      .map(([text, at, length, end]) => text.slice(at, at + length) + end);
    await fc.assert(
      fc.asyncProperty(fc.oneof(binary, atomic, part), async (query) => {
        const search = readSearch(query.slice(0, 30), KINDS);
        if (!search) return;
        const expected = events.filter(({ event }) => matcher({ search })(event));
        assert.deepEqual((await store.ids({ search })).sort(), ids(...expected).sort());
      }),
      { numRuns: 300 },
    );
  });
}
