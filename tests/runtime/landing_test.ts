import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { landingPage, PAGE_POLICY } from "../../src/runtime/pages/landing.ts";
import { test } from "../harness.ts";
import { info } from "./relay_info_fixture.ts";

const EVIL = `</title><script>alert("1")</script>'&`;
const ESCAPED = "&#60;/title&#62;&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#39;&#38;";

test("the landing page escapes whatever the operator or the Host header brings", () => {
  const page = landingPage(
    { ...info, name: EVIL, description: EVIL, contact: `https://x/${EVIL}`, pubkey: EVIL, version: EVIL },
    `ws://${EVIL}`,
  );
  assert.doesNotMatch(page, /<script|alert\("|'&/);
  assert.equal(page.split(ESCAPED).length - 1, 8); // title, heading, description, contact twice, key, address, version
});

test("the landing page's policy allows its own style sheet by hash and no script", () => {
  const style = /<style>([^]*?)<\/style>/.exec(landingPage(info, "wss://relay.test/"))![1]!;
  const hash = createHash("sha256").update(style).digest("base64");
  assert.ok(PAGE_POLICY.includes(`style-src 'sha256-${hash}'`));
  assert.match(PAGE_POLICY, /default-src 'none'/);
  assert.doesNotMatch(PAGE_POLICY, /unsafe|script-src/);
});

test("the landing page loads nothing from elsewhere", () => {
  const page = landingPage(
    { ...info, icon: "https://x.test/i.png", banner: "https://x.test/b.png" },
    "wss://r.test/",
  );
  assert.doesNotMatch(page, /<(script|iframe|img)\b|src=|url\(|@import/);
  assert.match(page, /<link rel="icon" href="\/favicon\.ico">/);
});

test("the landing page gives the address, the limits and a link for each NIP", () => {
  const page = landingPage(info, "wss://relay.test/");
  assert.match(page, /<code class="address">wss:\/\/relay\.test\/<\/code>/);
  assert.match(page, /<dd>512,000 bytes<\/dd>/);
  for (const number of info.supported_nips) {
    assert.ok(page.includes(`/nips/blob/master/${String(number).padStart(2, "0")}.md"`), `NIP ${number}`);
  }
});

test("every NIP that the relay supports has a title on the landing page", () => {
  assert.doesNotMatch(landingPage(info, "wss://relay.test/"), /NIP-\d\d<\/a> <\/li>/);
});

for (
  const [rule, contact, expected] of [
    ["an address for mail is a link without its scheme", "mailto:a@b.test", `<a href="mailto:a@b.test"`],
    ["a web address is a link", "https://b.test/", `<a href="https://b.test/"`],
    ["a script is text", "javascript:alert(1)", "<dd>javascript:alert(1)</dd>"],
    ["a data URL is text", "data:text/html,x", "<dd>data:text/html,x</dd>"],
    ["anything else is text", "ask Anna", "<dd>ask Anna</dd>"],
  ] as const
) {
  test(`the operator's contact: ${rule}`, () => {
    assert.ok(landingPage({ ...info, contact }, "wss://r.test/").includes(expected));
  });
}

test("without an operator's facts there is no such section", () => {
  assert.doesNotMatch(landingPage(info, "wss://r.test/"), /Operator/);
});

test("paragraphs of the description are separated by empty lines", () => {
  const page = landingPage({ ...info, description: "one\nstill one\n\n\n two\n" }, "wss://r.test/");
  assert.match(page, /<p>one\nstill one<\/p>\n<p> two\n<\/p>/);
});
