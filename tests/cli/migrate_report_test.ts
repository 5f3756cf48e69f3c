import assert from "node:assert/strict";
import { type Counts, discrepancies, type Fates, summary } from "../../src/cli/migrate_report.ts";
import { test } from "../harness.ts";

const fates = (some: Partial<Fates>): Fates => ({
  ...{
    stored: 0,
    duplicate: 0,
    superseded: 0,
    deleted: 0,
    vanished: 0,
    expired: 0,
    unreadable: 0,
    failed: 0,
  },
  ...some,
});

test("migrate: the summary tells what was read and what became of it, refusals only if there were any", () => {
  assert.equal(
    summary(fates({ stored: 12_345, expired: 5 })),
    [
      "       12,350  read",
      "       12,345  stored",
      "            0  already there",
      "            5  expired, left behind",
    ].join("\n"),
  );
});

const counts = (source: number, target: number): Counts => ({ source, target });

for (
  const [what, some, before, after] of [
    ["into an empty target", { stored: 10 }, counts(10, 0), counts(10, 10)],
    ["nothing to nothing", {}, counts(0, 0), counts(0, 0)],
    ["the rest of a copy that broke off", { stored: 6, duplicate: 4 }, counts(10, 4), counts(10, 10)],
    ["without what has expired", { stored: 8, expired: 2 }, counts(10, 0), counts(10, 8)],
    ["beside other events", { stored: 10 }, counts(10, 5), counts(10, 15)],
    ["in the place of older versions", { stored: 10 }, counts(10, 5), counts(10, 11)],
    ["less than the target has", { superseded: 4, deleted: 3, stored: 3 }, counts(10, 9), counts(10, 12)],
  ] as const
) {
  test(`migrate: counts agree: ${what}`, () =>
    assert.deepEqual(discrepancies(fates(some), before, after), []));
}

for (
  const [what, some, before, after, complaint] of [
    ["an event lost", { stored: 10 }, counts(10, 0), counts(10, 9), /should hold 10 events, but holds 9\.$/],
    [
      "an event too many",
      { stored: 6, duplicate: 4 },
      counts(10, 4),
      counts(10, 11),
      /should hold 10 .* 11\.$/,
    ],
    [
      "fewer than came",
      { stored: 10 },
      counts(10, 5),
      counts(10, 9),
      /should hold 10 to 15 events, but holds 9\./,
    ],
    ["more than came", { stored: 10 }, counts(10, 5), counts(10, 16), /should hold 10 to 15 events, but/],
    [
      "not all read",
      { stored: 9 },
      counts(10, 0),
      counts(10, 9),
      /changed meanwhile: it held 10 .* 9 were read/,
    ],
    [
      "more in the source now",
      { stored: 10 },
      counts(10, 0),
      counts(12, 10),
      /it holds 12 now\. Run the same/,
    ],
    ["unreadable", { stored: 9, unreadable: 1 }, counts(10, 0), counts(10, 9), /^1 events .* see above/],
    ["not saved", { stored: 9, failed: 1 }, counts(10, 0), counts(10, 9), /could not be carried over/],
  ] as const
) {
  test(`migrate: it complains in one sentence: ${what}`, () => {
    const complaints = discrepancies(fates(some), before, after);
    assert.equal(complaints.length, 1);
    assert.match(complaints[0]!, complaint);
  });
}
