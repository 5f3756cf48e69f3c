import process from "node:process";
import { type Library, SINCE_MESSAGE_LENGTH } from "./library.ts";

/** Loads libsecp256k1 on Bun. */
export function openOnBun(file: string): Library {
  // Not imported by name: Deno looks up every import that it can read, and has no such module.
  const { dlopen, ptr } = process.getBuiltinModule("bun:ffi") as unknown as BunFfi;
  const { symbols, close } = dlopen(file, {
    secp256k1_context_create: { args: ["u32"], returns: "ptr" },
    secp256k1_context_destroy: { args: ["ptr"], returns: "void" },
    secp256k1_xonly_pubkey_parse: { args: ["ptr", "ptr", "ptr"], returns: "i32" },
    secp256k1_schnorrsig_verify: { args: ["ptr", "ptr", "ptr", "usize", "ptr"], returns: "i32" },
    [SINCE_MESSAGE_LENGTH]: { args: [], returns: "void" },
  });
  return {
    contextCreate: symbols.secp256k1_context_create!,
    contextDestroy: symbols.secp256k1_context_destroy!,
    parsePublicKey: symbols.secp256k1_xonly_pubkey_parse!,
    verify: symbols.secp256k1_schnorrsig_verify!,
    addressOf: ptr,
    close,
  };
}

/** The part of Bun's module that we use; pointers are plain numbers there. */
interface BunFfi {
  dlopen(file: string, symbols: Record<string, { args: string[]; returns: string }>): {
    symbols: Record<string, (...values: number[]) => number>;
    close(): void;
  };
  ptr(bytes: Uint8Array): number;
}
