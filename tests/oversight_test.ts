import assert from "node:assert/strict";
import { loadConfig } from "../src/config/load.ts";
import { Oversight } from "../src/oversight.ts";
import type { Bus } from "../src/storage/bus.ts";
import { MemoryRepository } from "../src/storage/memory.ts";
import type { Repository } from "../src/storage/repository.ts";
import { test } from "./harness.ts";

/** Over a store that several relays share, and that is away at the start if so wanted. */
async function opened(settings: Pick<Repository, "problem">): Promise<Oversight> {
  const repository = Object.assign(new MemoryRepository(), { bus: {} as Bus, ...settings });
  const oversight = new Oversight(loadConfig({ text: "" }), {
    repository,
    cutOff() {},
    publish: () => Promise.resolve(),
    stopped: new AbortController().signal,
    now: () => 0,
  });
  await oversight.open();
  return oversight;
}

test("oversight: who is banned is a problem until it is known, and none after", async () => {
  const oversight = await opened({ problem: "the store cannot be reached" });
  assert.match(oversight.problem!, /not known yet/);
  await oversight.book.follow(0); // the store is back, and tells the version of its records
  assert.equal(oversight.problem, undefined);
});

test("oversight: a store that is there at the start tells at once", async () => {
  assert.equal((await opened({})).problem, undefined);
});
