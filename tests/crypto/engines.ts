import type { Engine } from "../../src/crypto/engine.ts";
import { openNative } from "../../src/crypto/native.ts";
import { noble } from "../../src/crypto/noble.ts";
import { records } from "../../src/crypto/record.ts";
import type { NostrEvent } from "../../src/protocol/event.ts";
import { test } from "../harness.ts";

const probe = openNative();
if ("engine" in probe) probe.engine.close();

/** Why this machine can't run tests of the native library; undefined where it can. */
export const nativeMissing = "missing" in probe ? probe.missing : undefined;

/** Registers a test of the native library, skipped where there is none. */
export function testNative(
  rule: string,
  body: (native: Engine) => void | Promise<void>,
  slots?: number,
): void {
  if (nativeMissing) return test.skip(rule, nativeMissing);
  test(rule, async () => {
    const opened = openNative({ slots });
    if ("missing" in opened) throw new Error(opened.missing);
    try {
      await body(opened.engine);
    } finally {
      opened.engine.close();
    }
  });
}

/** Registers a rule that holds for either engine. */
export function testEngines(rule: string, body: (engine: Engine) => void): void {
  test(`noble: ${rule}`, () => body(noble));
  testNative(`native: ${rule}`, body);
}

/** Whether each signature is right. */
export function verdicts(
  engine: Engine,
  events: readonly Pick<NostrEvent, "pubkey" | "id" | "sig">[],
): boolean[] {
  return Array.from(engine.check(records(events)), (byte) => byte === 1);
}
