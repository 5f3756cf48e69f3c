import assert from "node:assert/strict";
import { type Entry, startingAt } from "../../src/storage/sqlite/walk.ts";
import { Walks } from "../../src/storage/sqlite/walks.ts";
import { test } from "../harness.ts";

/** Entries of one key, that tells when it is begun. */
class Listed {
  head: Entry | undefined;
  begun = false;

  constructor(readonly pasts: number[], readonly onBegin: () => void, start = pasts[0]!) {
    this.head = startingAt(start);
  }

  advance(): void {
    if (!this.begun) this.onBegin();
    this.begun = true;
    const past = this.pasts.shift();
    this.head = past === undefined ? undefined : [past, 0, past, 0];
  }
}

test("a walk begins when its first entry may be the next, and not before", () => {
  const begun: string[] = [], walks = new Walks();
  const add = (name: string, pasts: number[], start?: number) =>
    walks.add(new Listed(pasts, () => begun.push(name), start));
  add("late", [-10]);
  add("never", [-1]);
  add("early", [-50, -20, -5]);
  add("empty", [], -30);
  const steps: [number, string][] = [];
  while (steps.length < 4) {
    while (walks.begin());
    const [[past]] = walks.take() as [Entry];
    steps.push([past, begun.join(" ")]);
  }
  assert.deepEqual(steps, [
    [-50, "early"],
    [-20, "early empty"],
    [-10, "early empty late"],
    [-5, "early empty late"],
  ]);
});

test("walks end when all have, those too that had nothing", () => {
  const walks = new Walks();
  walks.add(new Listed([], () => {}, -3));
  walks.add(new Listed([], () => {}, -2));
  while (walks.begin());
  assert.equal(walks.head, undefined);
});
