import assert from "node:assert/strict";
import { eventRate, subscriptionRate } from "../../src/policy/rate.ts";
import { test } from "../harness.ts";
import { refusal } from "./asking.ts";

test("event rate: a second's worth may come at once, the next must wait", () => {
  let now = 0;
  const take = eventRate(4, () => now);
  for (let n = 0; n < 4; n++) assert.equal(refusal(take), undefined);
  assert.equal(refusal(take), "rate-limited: this relay accepts 4 events a second; try again in 0.3 s");
  now += 250;
  assert.equal(refusal(take), undefined);
});

test("subscription rate: a minute's worth may come at once, the next must wait", () => {
  let now = 0;
  const take = subscriptionRate(2, () => now);
  for (let n = 0; n < 2; n++) assert.equal(refusal(take), undefined);
  assert.equal(refusal(take), "rate-limited: a connection may ask 2 times a minute; try again in 30 s");
  now += 30_000;
  assert.equal(refusal(take), undefined);
  assert.match(refusal(take)!, /^rate-limited: /);
});
