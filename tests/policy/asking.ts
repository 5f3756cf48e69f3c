import { hex } from "../fixtures/events.ts";
import type { Client } from "../../src/policy/rule.ts";
import { type Reason, Rejection } from "../../src/protocol/reason.ts";

/** A client that has authenticated as these; as nobody by default. */
export function client(...pubkeys: string[]): Client {
  return { address: "192.0.2.1", pubkeys: new Set(pubkeys) };
}

export const ALICE = hex(1); // who writes fake events unless they name another
export const BOB = hex(2);

/** What a rule refuses with; undefined when it lets pass. */
export function refusal(rule: () => unknown): Reason | undefined {
  try {
    rule();
  } catch (error) {
    if (error instanceof Rejection) return error.reason;
    throw error;
  }
}
