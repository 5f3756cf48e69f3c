import process from "node:process";
import type { Engine } from "./engine.ts";
import { type Library, libraryFiles, type OpenLibrary } from "./library.ts";
import { openOnBun } from "./native_bun.ts";
import { openOnDeno } from "./native_deno.ts";
import { ParsedKeys } from "./parsed_keys.ts";
import { ID, PUBKEY, RECORD_BYTES, SIG } from "./record.ts";
import { passesSelfTest } from "./self_test.ts";

/** SECP256K1_CONTEXT_VERIFY: releases before 0.2 need it to verify, later ones ignore it. */
const VERIFY_FLAGS = 0x0101;

export interface NativeOptions {
  /** Loads a file; the runtime's own way by default. */
  readonly open?: OpenLibrary;
  /** Files to try, in their order; those usual on the platform by default. */
  readonly files?: readonly string[];
  /** Public keys kept parsed, a power of 2. Default 4,096: with their names 400 kB a thread. */
  readonly slots?: number;
}

/** Opens libsecp256k1, or says why it can't be used. */
export function openNative(options: NativeOptions = {}): { engine: Engine } | { missing: string } {
  const { open = runtimeLoader(), files = libraryFiles(process.platform), slots = 4_096 } = options;
  const failures = new Map<string, string[]>();
  for (const file of files) {
    try {
      const engine = nativeEngine(open(file), slots);
      if (passesSelfTest(engine)) return { engine };
      engine.close();
      throw new Error("it fails the test vectors of BIP-340");
    } catch (error) {
      // The system's messages begin with the file's name; without it, equal failures are told once.
      const reason = (error as Error).message.split(`${file}: `).at(-1)!;
      failures.set(reason, [...failures.get(reason) ?? [], file]);
    }
  }
  const tried = [...failures].map(([reason, files]) => `${files.join(", ")} (${reason})`);
  return { missing: `no usable libsecp256k1 with its schnorrsig module; tried ${tried.join("; ")}` };
}

function runtimeLoader(): OpenLibrary {
  if ("Bun" in globalThis) return openOnBun;
  if ("Deno" in globalThis) return openOnDeno;
  return () => {
    throw new Error("this runtime loads no libraries");
  };
}

function nativeEngine(library: Library, slots: number): Engine {
  const context = library.contextCreate(VERIFY_FLAGS);
  const keys = new ParsedKeys(library, context, slots);
  return {
    name: "libsecp256k1 (native)",

    check(records) {
      const right = new Uint8Array(records.length / RECORD_BYTES);
      const base = library.addressOf(records);
      for (let n = 0; n < right.length; n++) {
        const at = n * RECORD_BYTES;
        const key = keys.address(records, base, at + PUBKEY);
        if (key !== 0) right[n] = library.verify(context, base + at + SIG, base + at + ID, SIG - ID, key);
      }
      return right;
    },

    close() {
      library.contextDestroy(context);
      library.close();
    },
  };
}
