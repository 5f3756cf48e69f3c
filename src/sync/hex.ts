import { Buffer } from "node:buffer";
import { Rejection } from "../protocol/reason.ts";

/** NIP-77 writes its binary messages in hex. @throws {Rejection} `invalid` */
export function fromHex(given: unknown): Uint8Array {
  if (typeof given === "string" && given.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(given)) {
    return Buffer.from(given, "hex");
  }
  throw new Rejection("invalid", "a sync message must be a string of hex digits");
}

export const toHex = ({ buffer, byteOffset, length }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, length).toString("hex");
