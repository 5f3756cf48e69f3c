import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Semaphore } from "../../src/flow/semaphore.ts";
import { takeForeign } from "../../src/handler/foreign.ts";
import { eventSize } from "../../src/policy/event_size.ts";
import { signedEvent } from "../fixtures/signed.ts";
import { test } from "../harness.ts";
import { session } from "./session.ts";

test("another relay's event may be as large as a client's: what we escape does not count", async () => {
  const event = signedEvent({ content: "🦒" });
  const bytes = Buffer.byteLength(JSON.stringify(event));
  for (const [most, outcome] of [[bytes, "stored"], [bytes - 1, "invalid"]] as const) {
    const { session: { services } } = session({
      intake: new Semaphore(1),
      stopped: new AbortController().signal,
      rules: { eventSize: eventSize(most), event: () => {} },
    });
    assert.equal(await takeForeign(services, event), outcome);
  }
});
