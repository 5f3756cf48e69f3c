import assert from "node:assert/strict";
import { siteOf } from "../../src/identity/site.ts";
import { test } from "../harness.ts";

for (
  const [domain, site] of [
    ["example.com", "example.com"],
    ["a.b.example.com", "example.com"],
    ["example.co.uk", "example.co.uk"],
    ["a.example.co.uk", "example.co.uk"],
    ["x.ab.de", "ab.de"],
    ["a.com.example", "com.example"],
  ] as const
) {
  test(`NIP-05: ${domain} belongs to whom ${site} belongs`, () => assert.equal(siteOf(domain), site));
}
