import { schnorr } from "@noble/curves/secp256k1.js";
import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { inAscii } from "../protocol/ascii.ts";
import type { NostrEvent, VerifiedEvent } from "../protocol/event.ts";

/** What the relay says under its own name, before it is signed. */
export type Draft = Pick<NostrEvent, "kind" | "created_at" | "tags" | "content">;

/** The relay's own key (NIP-11, `self`). The secret can't be got out of it again. */
export class RelayKey {
  /** 64 hex digits. */
  readonly pubkey: string;
  readonly #secret: Uint8Array;

  /**
   * @param secret 64 hex digits.
   * @throws When that is no secret key of secp256k1.
   */
  constructor(secret: string) {
    this.#secret = Uint8Array.from(Buffer.from(secret, "hex"));
    this.pubkey = Buffer.from(schnorr.getPublicKey(this.#secret)).toString("hex");
  }

  /** Makes an event of the relay's own, which need not be verified. */
  sign({ kind, created_at, tags, content }: Draft): VerifiedEvent {
    const { pubkey } = this;
    const id = hash("sha256", JSON.stringify([0, pubkey, created_at, kind, tags, content]));
    const sig = Buffer.from(schnorr.sign(Buffer.from(id, "hex"), this.#secret)).toString("hex");
    const event = { id, pubkey, created_at, kind, tags, content, sig };
    return { event, json: inAscii(JSON.stringify(event)) } as unknown as VerifiedEvent;
  }
}
