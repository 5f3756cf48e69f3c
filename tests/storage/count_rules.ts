import assert from "node:assert/strict";
import { HyperLogLog } from "../../src/protocol/hyperloglog.ts";
import { TooManyToCount } from "../../src/storage/count.ts";
import { fakeEvent, hex } from "../fixtures/events.ts";
import { test } from "../harness.ts";
import type { OpenStore, Store } from "./stores.ts";

type Register = (rule: string, body: () => Promise<void>) => void;

/** What counting must be on every engine (NIP-45). */
export function countRules(engine: string, open: OpenStore, register: Register = test): void {
  const rule = (name: string, body: (store: Store) => Promise<void>) =>
    register(`${engine}: ${name}`, async () => {
      await using store = await open();
      await body(store);
    });

  const X = hex(9);
  const tags = [["p", X]];
  const followers = { kinds: [3], tags: [{ name: "p", values: [X] }] };

  /** The registers that these authors make. */
  function registersOf(offset: number, ...authors: string[]): Uint8Array {
    const counted = new HyperLogLog(offset);
    for (const author of authors) counted.add(author);
    return counted.registers;
  }

  rule("a count takes in the authors of what it counts, and no others", async (store) => {
    const authors = ["0".repeat(64), "f".repeat(64), hex(1), `${"0".repeat(20)}01`.padEnd(64, "07")];
    await store.save(
      ...authors.map((pubkey) => fakeEvent({ kind: 3, pubkey, tags })),
      fakeEvent({ kind: 7, pubkey: "a".repeat(64), tags }),
      fakeEvent({ kind: 3, pubkey: "b".repeat(64), tags: [["p", hex(8)]] }),
    );
    for (const offset of [8, 15, 23]) {
      assert.deepEqual(await store.countAuthors([followers], offset), {
        count: 4,
        registers: registersOf(offset, ...authors),
      });
    }
    assert.deepEqual(await store.countAuthors([{ kinds: [4] }], 8), { count: 0, registers: registersOf(8) });
    assert.deepEqual(await store.countAuthors([{ kinds: [] }], 8), { count: 0, registers: registersOf(8) });
  });

  rule("a count ends where more than so many events would have to be looked at", async (store) => {
    await store.save(...Array.from({ length: 30 }, (_, n) => fakeEvent({ kind: 3, pubkey: hex(n), tags })));
    const { signal } = store;
    assert.equal(await store.repository.count([followers], { signal, most: 30 }), 30);
    await assert.rejects(store.repository.count([followers], { signal, most: 29 }), TooManyToCount);
    const none = { tags: [{ name: "p", values: [X] }, { name: "t", values: ["none"] }] };
    await assert.rejects(store.repository.count([none], { signal, most: 29 }), TooManyToCount);
  });
}
