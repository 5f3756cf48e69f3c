import assert from "node:assert/strict";
import type { Announcements } from "../../src/management/announcements.ts";
import type { Members } from "../../src/management/members.ts";
import { Membership, type MembershipOptions } from "../../src/management/membership.ts";
import { fakeEvent } from "../fixtures/events.ts";
import { test } from "../harness.ts";

test("membership: what is published is looked through only when there is something new", async () => {
  for (const [reason, expected] of [["info: welcome", 1], ["duplicate: you are no member", 0]] as const) {
    let updates = 0;
    const members: Pick<Members, "leave"> = { leave: () => Promise.resolve([true, reason]) };
    const announcements: Pick<Announcements, "update"> = { update: () => Promise.resolve(void updates++) };
    const membership = new Membership({ members, announcements, now: () => 0 } as MembershipOptions);
    await membership.answer(fakeEvent({ kind: 28_936, created_at: 0, tags: [["-"]] }).event);
    assert.equal(updates, expected, reason);
  }
});
