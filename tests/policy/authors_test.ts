import assert from "node:assert/strict";
import { onlyAuthors } from "../../src/policy/authors.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { ALICE, BOB, client, refusal } from "./asking.ts";

const REFUSED = "blocked: this public key is not on the list of authors that this relay accepts";

for (
  const [rule, pubkey, who, expected] of [
    ["an author on the list is accepted", ALICE, client(), undefined],
    ["any other is refused", BOB, client(), REFUSED],
    ["who sends it makes no difference", BOB, client(ALICE), REFUSED],
    ["somebody else may send what an author on the list has signed", ALICE, client(BOB), undefined],
  ] as const
) {
  test(`authors: ${rule}`, () => {
    assert.equal(refusal(() => onlyAuthors([ALICE])(fakeEvent({ pubkey }).event, who)), expected);
  });
}
