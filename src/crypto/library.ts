/**
 * What we call in libsecp256k1, with addresses and sizes as plain numbers, so that a call allocates nothing.
 * The memory behind an address must stay reachable until the call returns.
 */
export interface Library {
  contextCreate(flags: number): number;
  contextDestroy(context: number): void;
  /** Writes 64 bytes, opaque, into `key`; answers 0 when the 32 bytes of `pubkey` are no public key. */
  parsePublicKey(context: number, key: number, pubkey: number): number;
  /** Answers 1 when the signature is right. The library aborts the process for a `key` that was not parsed. */
  verify(context: number, sig: number, message: number, messageBytes: number, key: number): number;
  addressOf(bytes: Uint8Array): number;
  /** Unloads the library. */
  close(): void;
}

/** @throws when the file is not there, lacks a function, or may not be loaded. */
export type OpenLibrary = (file: string) => Library;

/**
 * Never called, but must be there. It came with the release whose `verify` takes the message's length; an
 * older build would read that length as an address and crash.
 */
export const SINCE_MESSAGE_LENGTH = "secp256k1_schnorrsig_sign_custom";

/** File names to try on a platform (as in `process.platform`), the likeliest first. */
export function libraryFiles(platform: string): readonly string[] {
  if (platform === "darwin") {
    const folders = ["", "/opt/homebrew/lib/", "/usr/local/lib/", "/opt/local/lib/"];
    return folders.map((folder) => `${folder}libsecp256k1.dylib`);
  }
  if (platform === "win32") {
    return ["secp256k1.dll", "libsecp256k1.dll", ...VERSIONS.map((n) => `libsecp256k1-${n}.dll`)];
  }
  return [...VERSIONS.map((n) => `libsecp256k1.so.${n}`), "libsecp256k1.so"];
}

/** Interface versions of releases 0.2 to 0.8; Debian 12 has 1, Debian 13 has 2. */
const VERSIONS = [2, 1, 5, 6, 7, 0];
