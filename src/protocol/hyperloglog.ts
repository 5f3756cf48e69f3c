import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { isHex64 } from "./hex.ts";

/** NIP-45: one for each value of a byte. */
const REGISTERS = 256;

/** An address as `a` tags name it, with the public key in it. */
const ADDRESS = /^\d+:([0-9a-f]{64}):/;

/**
 * NIP-45: from which byte on public keys are read for a filter: 8 to 23. Taken from the first value of the first
 * `#` key, in the client's order. Undefined where the NIP has no rule: for a filter without a tag, or a tag without
 * a value.
 * @param filter As the client sent it, read without complaint.
 */
export function hyperLogLogOffset(filter: unknown): number | undefined {
  const first = Object.entries(filter as Record<string, unknown>).find(([key]) => key.startsWith("#"));
  const [value] = (first?.[1] ?? []) as readonly string[];
  return value === undefined ? undefined : 8 + parseInt(hexOf(value)[32]!, 16);
}

/** NIP-45: an id or a public key as it is, an address's public key, the hash of anything else. */
function hexOf(value: string): string {
  return isHex64(value) ? value : ADDRESS.exec(value)?.[1] ?? hash("sha256", value);
}

/** NIP-45: registers from which the number of different public keys can be estimated. */
export class HyperLogLog {
  readonly registers = new Uint8Array(REGISTERS);

  /** @param offset See `hyperLogLogOffset`. */
  constructor(readonly offset: number) {}

  /** Takes in the author of an event. @param pubkey 64 hex digits. */
  add(pubkey: string): void {
    const register = 2 * this.offset, rest = register + 2;
    const zeros = pubkey.slice(rest).search(/[^0]/);
    const bits = zeros < 0
      ? 4 * (64 - rest)
      : 4 * zeros + Math.clz32(parseInt(pubkey[rest + zeros]!, 16)) - 28;
    this.raise(parseInt(pubkey.slice(register, rest), 16), bits + 1);
  }

  /** NIP-45: "if the new number is bigger, store it". */
  raise(register: number, number: number): void {
    if (this.registers[register]! < number) this.registers[register] = number;
  }

  /** Takes in all whom others have counted, with the same offset. */
  merge(registers: Uint8Array): void {
    for (const [register, number] of registers.entries()) this.raise(register, number);
  }

  /** 512 hex digits. */
  toString(): string {
    return Buffer.from(this.registers).toString("hex");
  }
}
