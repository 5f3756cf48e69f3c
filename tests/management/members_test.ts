import assert from "node:assert/strict";
import { Lists } from "../../src/management/lists.ts";
import { Members } from "../../src/management/members.ts";
import { RecordBook } from "../../src/management/record_book.ts";
import { Rejection } from "../../src/protocol/reason.ts";
import { MemoryRecords } from "../../src/storage/memory_records.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";

const [ALICE, BOB, CAROL] = [hex(1), hex(2), hex(3)];

/** Instances that share their records: each knows of the other's changes when it next changes something. */
function instances(given: { uses?: number; most?: number } = {}) {
  const records = new MemoryRecords();
  const clock = { now: 1_000 };
  const start = () => {
    const lists = new Lists(new RecordBook(records, { shared: true, onNews: () => {}, onFailure: () => {} }));
    const members: Members = new Members({
      lists,
      configured: [ALICE],
      inviteSeconds: 60,
      inviteUses: given.uses ?? 1,
      maxMembers: given.most ?? 100,
      mayInvite: (pubkey): boolean => members.has(pubkey),
      relayName: () => "Test",
      now: () => clock.now,
    });
    return { lists, members };
  };
  return { clock, start };
}

const joining = (pubkey: string, code: string) => fakeEvent({ pubkey, tags: [["claim", code]] }).event;

const refused = (why: RegExp) => (error: unknown) => error instanceof Rejection && why.test(error.reason);

test("members: a code is good for so long, and then expired", async () => {
  const { clock, start } = instances({ uses: 2 });
  const { members, lists } = start();
  const code = await members.invite(ALICE);
  clock.now += 59;
  await members.join(joining(BOB, code));
  clock.now += 1;
  await assert.rejects(
    members.join(joining(CAROL, code)),
    refused(/^restricted: that invite code is expired$/),
  );
  await members.invite(ALICE);
  assert.equal(lists.invites.has(code), false, "what has expired is forgotten");
  assert.deepEqual([...members.all.keys()], [ALICE, BOB]);
});

test("members: of two that claim the last place of a code at once, at two instances, one gets it", async () => {
  const { start } = instances();
  const [one, two] = [start(), start()];
  const code = await one.members.invite(ALICE);
  const outcomes = await Promise.allSettled([
    one.members.join(joining(BOB, code)),
    two.members.join(joining(CAROL, code)),
  ]);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
});

test("members: of an inviter's codes the newest twenty are good", async () => {
  const { clock, start } = instances();
  const { members, lists } = start();
  const codes: string[] = [];
  for (let n = 0; n < 22; n++) {
    codes.push(await members.invite(ALICE));
    clock.now++;
  }
  const other = await members.invite(BOB);
  assert.equal(new Set([...codes, other]).size, 23);
  assert.deepEqual([...lists.invites.keys()].toSorted(), [...codes.slice(2), other].toSorted());
});

test("members: nobody joins beyond the bound, until somebody leaves; it counts who was invited by whom", async () => {
  const { start } = instances({ uses: 9, most: 2 });
  const { members } = start();
  const code = await members.invite(ALICE);
  await members.join(joining(BOB, code));
  await assert.rejects(
    members.join(joining(CAROL, code)),
    refused(/^restricted: this relay has its 2 members/),
  );
  assert.deepEqual([members.invitedBy(ALICE), members.invitedBy(BOB)], [1, 0]);
  assert.match((await members.join(joining(BOB, code)))[1], /^duplicate: /);
  await members.leave(joining(BOB, ""));
  assert.match((await members.join(joining(CAROL, code)))[1], /^info: welcome/);
});
