import { committedTarget, leadingZeroBits } from "../protocol/difficulty.ts";
import { Rejection } from "../protocol/reason.ts";
import type { EventRule } from "./rule.ts";

export interface PowOptions {
  /** `limits.min_pow_difficulty`: leading zero bits of an id; 0 asks for none. */
  readonly difficulty: number;
  /** `limits.min_pow_difficulty_by_kind`: goes before, for these kinds. */
  readonly byKind: Readonly<Record<string, number | undefined>>;
}

/**
 * NIP-13. A lower target that the event commits to counts for less than its bits: somebody who mined for less
 * and was lucky has done no more work. An event that commits to nothing is judged by its bits.
 */
export function pow({ difficulty, byKind }: PowOptions): EventRule {
  return (event) => {
    const needed = byKind[event.kind] ?? difficulty;
    if (needed === 0) return;
    const bits = leadingZeroBits(event.id);
    if (bits < needed) {
      throw new Rejection("pow", `the id has ${bits} leading zero bits; at least ${needed} are needed`);
    }
    const target = committedTarget(event) ?? needed;
    if (target < needed) {
      throw new Rejection(
        "pow",
        `the nonce tag commits to ${target} bits; at least ${needed} are needed, whatever the id has`,
      );
    }
  };
}
