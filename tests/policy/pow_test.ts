import assert from "node:assert/strict";
import { pow } from "../../src/policy/pow.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import { client, refusal } from "./asking.ts";

const rule = pow({ difficulty: 10, byKind: { 7: 0, 1_111: 12 } });
const TEN_BITS = `002${"f".repeat(61)}`;
const ELEVEN_BITS = `001${"f".repeat(61)}`;
const committed = (target: string) => [["nonce", "776797", target]];
const lacking = (bits: number, needed: number) =>
  `pow: the id has ${bits} leading zero bits; at least ${needed} are needed`;
const committedTo = (target: number, needed: number) =>
  `pow: the nonce tag commits to ${target} bits; at least ${needed} are needed, whatever the id has`;

for (
  const [what, given, expected] of [
    ["as many bits as needed are accepted", { id: TEN_BITS }, undefined],
    ["more too", { id: ELEVEN_BITS }, undefined],
    ["fewer are refused", { id: `004${"f".repeat(61)}` }, lacking(9, 10)],
    ["a target as high as needed is accepted", { id: TEN_BITS, tags: committed("10") }, undefined],
    ["a higher one too", { id: TEN_BITS, tags: committed("20") }, undefined],
    [
      "a lower one is refused, whatever the id has",
      { id: ELEVEN_BITS, tags: committed("9") },
      committedTo(9, 10),
    ],
    ["a high target makes no bits", { id: "f".repeat(64), tags: committed("10") }, lacking(0, 10)],
    ["a kind may need none", { kind: 7, id: "f".repeat(64), tags: committed("1") }, undefined],
    ["a kind may need more", { kind: 1_111, id: ELEVEN_BITS }, lacking(11, 12)],
    [
      "its target counts too",
      { kind: 1_111, id: `000${"f".repeat(61)}`, tags: committed("10") },
      committedTo(10, 12),
    ],
  ] as const
) {
  test(`proof of work: ${what}`, () => {
    assert.equal(refusal(() => rule(fakeEvent(given).event, client())), expected);
  });
}

test("proof of work: by default none is asked for", () => {
  const none = pow({ difficulty: 0, byKind: {} });
  assert.equal(
    refusal(() => none(fakeEvent({ id: "f".repeat(64), tags: committed("0") }).event, client())),
    undefined,
  );
});
