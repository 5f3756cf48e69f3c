import assert from "node:assert/strict";
import { Rates } from "../../src/management/rates.ts";
import { partyOf } from "../../src/runtime/client_address.ts";
import { test } from "../harness.ts";

test("rates: 120 calls at once from an address, then two a second", () => {
  let now = 0;
  const rates = new Rates(() => now);
  for (let n = 0; n < 120; n++) assert.equal(rates.take("192.0.2.1"), 0);
  assert.ok(rates.take("192.0.2.1") > 0);
  assert.equal(rates.take("192.0.2.2"), 0, "another address has calls of its own");
  now += 1_000;
  assert.deepEqual([rates.take("192.0.2.1"), rates.take("192.0.2.1")], [0, 0]);
  assert.ok(rates.take("192.0.2.1") > 0);
});

test("rates: of very many addresses, those that have been quiet longest are forgotten", () => {
  const rates = new Rates(() => 0);
  for (let n = 0; n < 120; n++) for (const address of ["quiet", "busy"]) rates.take(address);
  for (let n = 0; n < 10_000; n++) {
    rates.take(`${n}`);
    if (n % 1_000 === 0) assert.ok(rates.take("busy") > 0);
  }
  assert.ok(rates.take("busy") > 0);
  assert.equal(rates.take("quiet"), 0);
});

test("rates: addresses of one customer share their calls", () => {
  const rates = new Rates(() => 0, partyOf);
  for (let n = 0; n < 120; n++) assert.equal(rates.take(`2001:db8::${n}`), 0);
  assert.ok(rates.take("2001:db8::ffff") > 0);
  assert.equal(rates.take("2001:db8:0:1::1"), 0);
});
