import assert from "node:assert/strict";
import { preferred } from "../../src/runtime/accept.ts";
import { test } from "../harness.ts";

const NOSTR = "application/nostr+json";
const HTML = "text/html";

for (
  const [rule, accept, expected] of [
    ["no header wants nothing", null, undefined],
    ["an empty header wants nothing", "", undefined],
    ["a named type is wanted", "application/nostr+json", NOSTR],
    ["a browser wants HTML", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML],
    ["any type at all is no wish", "*/*", undefined],
    ["a family of types is no wish", "text/*, application/*", undefined],
    ["weight 0 means no", "application/nostr+json;q=0", undefined],
    ["weight 0.000 means no", "application/nostr+json; q=0.000, text/html;q=0.001", HTML],
    ["the higher weight wins", "application/nostr+json;q=0.5, text/html;q=0.9", HTML],
    ["a missing weight is 1", "text/html;q=0.9, application/nostr+json", NOSTR],
    ["the document wins a tie", "text/html, application/nostr+json", NOSTR],
    ["case does not count", "Application/NOSTR+JSON;Q=1.0", NOSTR],
    ["other parameters do not count", "application/nostr+json;charset=utf-8;q=0.3", NOSTR],
    ["a weight above 1 is malformed", "application/nostr+json;q=2", undefined],
    ["a weight that is no number is malformed", "application/nostr+json;q=x, text/html", HTML],
    ["other types are no wish", "application/json, image/png", undefined],
    ["separators alone are no wish", ",;,", undefined],
  ] as const
) test(`Accept: ${rule}`, () => assert.equal(preferred(accept, [NOSTR, HTML]), expected));
