import assert from "node:assert/strict";
import { BodyError, readBody } from "../../src/management/body.ts";
import { test } from "../harness.ts";

const limits = { bytes: 10, milliseconds: 60_000 };

/** A request whose body comes in these parts, and then never ends unless told. */
function request(parts: readonly string[], { ends = true } = {}) {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
      if (ends) controller.close();
    },
    cancel() {
      cancelled = true;
    },
  });
  const asked = new Request("http://relay.test/", { method: "POST", body, duplex: "half" } as RequestInit);
  return { asked, wasCancelled: () => cancelled };
}

test("body: parts are joined", async () => {
  const body = await readBody(request(["ab", "", "c"]).asked, limits);
  assert.equal(new TextDecoder().decode(body), "abc");
  assert.equal((await readBody(new Request("http://relay.test/", { method: "POST" }), limits)).length, 0);
});

test("body: one byte too many gets 413, and no more is read", async () => {
  assert.equal((await readBody(request(["12345", "67890"]).asked, limits)).length, 10);
  const { asked, wasCancelled } = request(["12345", "678901"], { ends: false });
  await assert.rejects(
    readBody(asked, limits),
    (error) => error instanceof BodyError && error.status === 413,
  );
  assert.equal(wasCancelled(), true);
});

test("body: one that does not come gets 408, and is waited for no longer", async () => {
  const { asked, wasCancelled } = request(["1"], { ends: false });
  const late = readBody(asked, { ...limits, milliseconds: 1 });
  await assert.rejects(late, (error) => error instanceof BodyError && error.status === 408);
  assert.equal(wasCancelled(), true);
});
