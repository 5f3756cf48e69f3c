import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { type Turn, Turns } from "../../src/flow/turns.ts";
import { test } from "../harness.ts";

const never = new AbortController().signal;

/** Turns by a clock that stands still until it is moved. */
function stoppedTurns(bounds: { most: number; young: number; youth: number }) {
  const clock = { now: 0 };
  return { clock, turns: new Turns(bounds, () => clock.now) };
}

const FAR = 3_600_000;

test("turns beyond the number of young ones wait, and come in the order they were asked for", async () => {
  const { turns } = stoppedTurns({ most: 5, young: 1, youth: FAR });
  const held = turns.takeNow()!;
  const order: string[] = [];
  const take = async (name: string) => {
    const turn = await turns.take(never);
    order.push(name);
    return turn;
  };
  const first = take("first"), second = take("second");
  assert.equal(turns.takeNow(), undefined, "a newcomer does not overtake those who wait");
  turns.giveBack(held);
  turns.giveBack(await first);
  turns.giveBack(await second);
  assert.deepEqual(order, ["first", "second"]);
});

test("a newcomer does not overtake those who wait, though a turn has become free by age", async () => {
  const { clock, turns } = stoppedTurns({ most: 2, young: 1, youth: FAR });
  const held = turns.takeNow()!;
  const waiting = turns.take(never);
  clock.now = FAR;
  assert.equal(turns.takeNow(), undefined);
  turns.giveBack(held);
  await waiting;
});

test("whatever is taken, given back, given up and waited for: no more at once than may be, and nobody left out", async () => {
  const step = fc.constantFrom("take", "take", "take", "give back", "give up", "grow old");
  await fc.assert(
    fc.asyncProperty(
      fc.nat(4),
      fc.nat(4),
      fc.array(fc.tuple(step, fc.nat()), { maxLength: 50, size: "max" }),
      async (a, b, steps) => {
        const bounds = { most: 1 + a, young: 1 + b, youth: FAR };
        const { clock, turns } = stoppedTurns(bounds);
        const held: Turn[] = [];
        let waiting: { readonly nth: number; readonly stop: AbortController }[] = [],
          last = -1;
        const isFree = () =>
          held.length < bounds.most &&
          held.filter(({ since }) => since > clock.now - FAR).length < bounds.young;
        const take = async (nth: number, stop: AbortController) => {
          const turn = await turns.take(stop.signal);
          assert.ok(isFree());
          assert.ok(nth > last, "in the order they were asked for");
          last = nth;
          held.push(turn);
          waiting = waiting.filter((each) => each.nth !== nth);
        };
        const giveBack = (at: number) => {
          const [turn] = held.splice(at % held.length, 1);
          if (turn) turns.giveBack(turn);
        };
        for (const [nth, [step, at]] of steps.entries()) {
          if (step === "grow old") clock.now += FAR;
          else if (step === "give back") giveBack(at);
          else if (step === "take") {
            const stop = new AbortController();
            waiting.push({ nth, stop });
            void take(nth, stop).catch((error) => assert.equal(error, stop.signal.reason));
          } else if (waiting.length > 0) {
            waiting.splice(at % waiting.length, 1)[0]!.stop.abort(new Error("enough"));
          }
          await nextTurn();
          if (step === "give back") {
            assert.ok(waiting.length === 0 || !isFree(), "nobody waits for what is free");
          }
        }
        for (; held.length > 0; await nextTurn()) giveBack(0);
        assert.equal(waiting.length, 0);
      },
    ),
  );
});

test("a turn that is no longer young keeps nobody waiting, up to the most turns at once", () => {
  const { clock, turns } = stoppedTurns({ most: 3, young: 2, youth: 10 });
  const take = () => turns.takeNow() !== undefined;
  assert.deepEqual([take(), take(), take()], [true, true, false]);
  clock.now = 10;
  assert.deepEqual([take(), take()], [true, false], "three are the most");
});

test("who waits gets a turn when one that is held grows old", async () => {
  const turns = new Turns({ most: 2, young: 1, youth: 5 });
  turns.takeNow();
  const before = performance.now();
  await turns.take(never);
  assert.ok(performance.now() - before >= 4);
});

test("all who wait get turns as those grow old that others were given", async () => {
  const turns = new Turns({ most: 4, young: 1, youth: 5 });
  const first = turns.takeNow()!;
  const sinces = (await Promise.all([1, 2, 3].map(() => turns.take(never)))).map(({ since }) => since);
  [first.since, ...sinces].reduce((before, since) => {
    assert.ok(since - before >= 5);
    return since;
  });
});

test("who waits gets a turn when the oldest that is held grows old", async () => {
  let ahead = 0;
  const turns = new Turns({ most: 3, young: 2, youth: FAR }, () => performance.now() + ahead);
  turns.takeNow();
  ahead = FAR - 5;
  turns.takeNow();
  await turns.take(never);
});

test("who waits gets a turn though another has given up waiting", async () => {
  const turns = new Turns({ most: 2, young: 1, youth: 5 });
  turns.takeNow();
  const stop = new AbortController();
  const [another, one] = [turns.take(stop.signal), turns.take(never)];
  stop.abort(new Error("stopped"));
  await assert.rejects(another, /stopped/);
  await one;
});

test("who gives up waiting takes no turn along, and leaves no timer", async () => {
  const { turns } = stoppedTurns({ most: 2, young: 1, youth: FAR });
  const held = turns.takeNow()!;
  const stop = new AbortController();
  const waiting = turns.take(stop.signal);
  stop.abort(new Error("stopped"));
  await assert.rejects(waiting, /stopped/);
  await assert.rejects(turns.take(stop.signal), /stopped/);
  turns.giveBack(held);
  assert.notEqual(turns.takeNow(), undefined);
});

test("turns are idle when all are given back", async () => {
  const { turns } = stoppedTurns({ most: 2, young: 2, youth: FAR });
  await turns.untilIdle(never);
  const held = [turns.takeNow(), turns.takeNow()] as Turn[];
  let isIdle = false;
  const idle = turns.untilIdle(never).then(() => isIdle = true);
  turns.giveBack(held[0]!);
  await nextTurn();
  assert.equal(isIdle, false);
  turns.giveBack(held[1]!);
  await idle;
  const stop = new AbortController();
  turns.takeNow();
  const waiting = turns.untilIdle(stop.signal);
  stop.abort(new Error("stopped"));
  await assert.rejects(waiting, /stopped/);
});
