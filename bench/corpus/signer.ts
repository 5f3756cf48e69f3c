import { libraryFiles } from "../../src/crypto/library.ts";
import { schnorr } from "@noble/curves/secp256k1.js";

/** One who signs: a public key, and BIP-340 signatures over ids. All in hex. */
export interface Author {
  readonly pubkey: string;
  sign(id: string): string;
}

export type MakeAuthor = (secret: Uint8Array<ArrayBuffer>) => Author;

/** SECP256K1_CONTEXT_SIGN and _VERIFY, as releases before 0.2 need. */
const FLAGS = 0x0301;

/** Signs with libsecp256k1, or with noble, fifty times slower, where the library is missing. */
export function openSigner(): MakeAuthor {
  for (const file of libraryFiles(Deno.build.os)) {
    try {
      return withNative(file);
    } catch {
      // the next one, then
    }
  }
  console.error("libsecp256k1 is not to be had: signing the corpus with noble takes minutes");
  return (secret) => ({
    pubkey: schnorr.getPublicKey(secret).toHex(),
    sign: (id) => schnorr.sign(Uint8Array.fromHex(id), secret, new Uint8Array(32)).toHex(),
  });
}

function withNative(file: string): MakeAuthor {
  const { symbols } = Deno.dlopen(file, {
    secp256k1_context_create: { parameters: ["u32"], result: "pointer" },
    secp256k1_keypair_create: { parameters: ["pointer", "buffer", "buffer"], result: "i32" },
    secp256k1_keypair_xonly_pub: { parameters: ["pointer", "buffer", "pointer", "buffer"], result: "i32" },
    secp256k1_xonly_pubkey_serialize: { parameters: ["pointer", "buffer", "buffer"], result: "i32" },
    secp256k1_schnorrsig_sign32: {
      parameters: ["pointer", "buffer", "buffer", "buffer", "pointer"],
      result: "i32",
    },
  });
  const context = symbols.secp256k1_context_create(FLAGS);
  const signature = new Uint8Array(64);
  return (secret) => {
    const pair = new Uint8Array(96), key = new Uint8Array(64), pubkey = new Uint8Array(32);
    const made = symbols.secp256k1_keypair_create(context, pair, secret) &&
      symbols.secp256k1_keypair_xonly_pub(context, key, null, pair) &&
      symbols.secp256k1_xonly_pubkey_serialize(context, pubkey, key);
    if (made !== 1) throw new Error("the secret key makes no key pair");
    return {
      pubkey: pubkey.toHex(),
      sign(id) {
        if (
          symbols.secp256k1_schnorrsig_sign32(context, signature, Uint8Array.fromHex(id), pair, null) !== 1
        ) {
          throw new Error("the library did not sign");
        }
        return signature.toHex();
      },
    };
  };
}
