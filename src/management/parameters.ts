import { isHex64 } from "../protocol/hex.ts";
import { MAX_KIND } from "../protocol/kind.ts";

/** UTF-16 units of a reason. */
const MAX_REASON = 1_000;

/** Why a call can't be carried out, as a sentence for who has made it. */
export class CallError extends Error {
  override readonly name = "CallError";
}

/** The parameters of a call, by their places. @throws {CallError} for one that does not fit. */
export class Parameters {
  constructor(readonly given: readonly unknown[]) {}

  hex(at: number, what: "a public key" | "an event's id"): string {
    const value = this.given[at];
    if (!isHex64(value)) throw this.#misfit(at, `${what}, 64 lowercase hex digits`);
    return value;
  }

  kind(at: number): number {
    return this.whole(at, "a kind", MAX_KIND);
  }

  whole(at: number, what: string, most: number): number {
    const value = this.given[at];
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > most) {
      throw this.#misfit(at, `${what}, a whole number from 0 to ${most}`);
    }
    return value;
  }

  /** @param most UTF-16 units. */
  text(at: number, what: string, most: number): string {
    const value = this.given[at];
    if (typeof value !== "string" || value.length > most || value.includes("\0") || !value.isWellFormed()) {
      throw this.#misfit(at, `${what}, a text of at most ${most} characters`);
    }
    return value;
  }

  /** An id that somebody has chosen. */
  name(at: number, what: string): string {
    const value = this.text(at, what, 64);
    if (value.trim() === "") throw this.#misfit(at, `${what}, not empty`);
    return value;
  }

  /** Undefined when it is left out or null. */
  optional<Value>(at: number, read: () => Value): Value | undefined {
    return this.given[at] === undefined || this.given[at] === null ? undefined : read();
  }

  /** Empty when it is left out. */
  reason(at: number): string {
    return this.optional(at, () => this.text(at, "a reason", MAX_REASON)) ?? "";
  }

  /** An http or https URL; empty when it is empty. */
  webUrl(at: number): string {
    const value = this.text(at, "a URL", 2_048);
    if (value !== "" && !/^https?:$/.test(URL.parse(value)?.protocol ?? "")) {
      throw this.#misfit(at, "an http:// or https:// URL");
    }
    return value;
  }

  #misfit(at: number, expected: string): CallError {
    return new CallError(`parameter ${at + 1} must be ${expected}`);
  }
}
