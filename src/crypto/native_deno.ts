import { type Library, SINCE_MESSAGE_LENGTH } from "./library.ts";

/** Loads libsecp256k1 on Deno. Never prompts: without `--allow-ffi` it throws. */
export function openOnDeno(file: string): Library {
  if (Deno.permissions.querySync({ name: "ffi", path: file }).state !== "granted") {
    throw new Error("not permitted (--allow-ffi)");
  }
  const library = Deno.dlopen(file, {
    secp256k1_context_create: { parameters: ["u32"], result: "usize" },
    secp256k1_context_destroy: { parameters: ["usize"], result: "void" },
    secp256k1_xonly_pubkey_parse: { parameters: ["usize", "usize", "usize"], result: "i32" },
    secp256k1_schnorrsig_verify: { parameters: ["usize", "usize", "usize", "usize", "usize"], result: "i32" },
    [SINCE_MESSAGE_LENGTH]: { parameters: [], result: "void" },
  });
  // The types want a bigint for `usize`; the runtime takes a number too, and a number costs no allocation.
  const calls = library.symbols as unknown as Record<
    keyof typeof library.symbols,
    (...values: number[]) => number
  >;
  return {
    contextCreate: (flags) => Number(calls.secp256k1_context_create(flags)),
    contextDestroy: calls.secp256k1_context_destroy,
    parsePublicKey: calls.secp256k1_xonly_pubkey_parse,
    verify: calls.secp256k1_schnorrsig_verify,
    addressOf: (bytes) => Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes))),
    close: () => library.close(),
  };
}
