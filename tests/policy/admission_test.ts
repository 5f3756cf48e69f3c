import assert from "node:assert/strict";
import { admission } from "../../src/policy/admission.ts";
import { test } from "../harness.ts";
import { ALICE, BOB, client, refusal } from "./asking.ts";

const MUST_AUTHENTICATE = "auth-required: who wants to write here must authenticate";
const NOT_YOU = "restricted: no public key that you have authenticated may write here";
const anybody = { authRequired: false };
const authenticated = { authRequired: true };
const listed = { authRequired: false, allowlist: [ALICE] };

for (
  const [rule, options, who, expected] of [
    ["open to all, anybody is admitted", anybody, client(), undefined],
    ["with authentication required, nobody is admitted without", authenticated, client(), MUST_AUTHENTICATE],
    ["any public key will do", authenticated, client(BOB), undefined],
    ["a list requires authentication by itself", listed, client(), MUST_AUTHENTICATE],
    ["a public key on the list is admitted", listed, client(ALICE), undefined],
    ["any other is not", listed, client(BOB), NOT_YOU],
    ["one of several on the list is enough", listed, client(BOB, ALICE), undefined],
    ["an empty list admits nobody", { authRequired: false, allowlist: [] }, client(ALICE), NOT_YOU],
  ] as const
) {
  test(`admission: ${rule}`, () => {
    assert.equal(refusal(() => admission("write", options)(who)), expected);
  });
}
