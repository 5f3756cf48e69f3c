import assert from "node:assert/strict";
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
  await Promise.resolve();
  assert.equal(isIdle, false);
  turns.giveBack(held[1]!);
  await idle;
  const stop = new AbortController();
  turns.takeNow();
  const waiting = turns.untilIdle(stop.signal);
  stop.abort(new Error("stopped"));
  await assert.rejects(waiting, /stopped/);
});
