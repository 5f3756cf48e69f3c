import assert from "node:assert/strict";
import fc from "fast-check";
import { Rejection } from "../../src/protocol/reason.ts";
import { readSearch, relevance, wordsOf } from "../../src/protocol/search.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const cases: [text: string, words: string[]][] = [
  ["", []],
  ["!? — …", []],
  ["Héllo, WÖRLD! don't", ["hello", "world", "don", "t"]],
  ["https://foo.com/Ä?b=1", ["https", "foo", "com", "a", "b", "1"]],
  ["ΟΔΟΣ οδός İstanbul straße", ["οδοσ", "οδοσ", "istanbul", "straße"]],
  ["ＡＢＣ ﬁ ①", ["abc", "fi", "1"]],
  ["日本語abc한국어", ["日", "本", "語", "abc한국어"]],
  ["हिन्दी", ["हिन्दी"]],
  ["🎉🎉 a🚀b", ["🎉", "🎉", "a", "🚀", "b"]],
  ["a\u0000b\ud800c\u2028d_e", ["a", "b", "c", "d", "e"]],
  ["x".repeat(130), ["x".repeat(64), "x".repeat(64), "xx"]],
];
for (const [text, words] of cases) {
  test(`the words of ${JSON.stringify(text.slice(0, 30))}`, () => assert.deepEqual(wordsOf(text), words));
}

test("the words of whatever text hold nothing that could end a quote, and are the words of themselves", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const words = wordsOf(text);
    for (const word of words) assert.match(word, /^[0-9a-z\u0080-\u{10ffff}]+$/u);
    assert.deepEqual(wordsOf(words.join(" ")), words);
  }));
});

test("a search is read as words, phrases and prefixes, without extensions", () => {
  assert.deepEqual(
    readSearch('Best "nostr apps" rel* "open sour"* language:en https://a.b "unended x', [1]),
    {
      phrases: [
        { words: ["best"], prefix: false },
        { words: ["nostr", "apps"], prefix: false },
        { words: ["rel"], prefix: true },
        { words: ["open", "sour"], prefix: true },
        { words: ["https", "a", "b"], prefix: false },
        { words: ["unended", "x"], prefix: false },
      ],
      kinds: [1],
    },
  );
});

test("a search without words is none, and one that is too long is refused", () => {
  for (const query of ["", "  ", '""', "*", "nsfw:false"]) assert.equal(readSearch(query, [1]), undefined);
  for (const query of ["a ".repeat(33), "a".repeat(1_025), 1, null]) {
    assert.throws(() => readSearch(query, [1]), Rejection);
  }
});

test("what has a word more often, or is shorter, answers better; what lacks one does not", () => {
  const search = readSearch("plum cake", [1])!;
  const rank = (content: string, kind = 1) => relevance(search, fakeEvent({ content, kind }).event);
  assert(rank("plum cake plum cake") > rank("plum cake"));
  assert(rank("plum cake") > rank("a cake with many a plum"));
  assert.equal(rank("plum"), 0);
  assert.equal(rank("plum cake", 7), 0);
});
