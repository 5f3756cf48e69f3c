import { idOf } from "../../protocol/event.ts";
import { createdAtOf } from "./json_matcher.ts";
import type { Hit } from "./query.ts";

const decoder = new TextDecoder();

/** An event of a remembered answer; what else a hit has is read from its JSON only when it is asked for. */
export class KnownHit implements Hit {
  /** @param text Its JSON, as text or in UTF-8. */
  constructor(readonly seq: number, readonly text: string | Uint8Array) {}

  get past(): number {
    return -createdAtOf(this.json);
  }

  get id(): string {
    return idOf(this.json);
  }

  get json(): string {
    return typeof this.text === "string" ? this.text : decoder.decode(this.text);
  }

  get utf8(): Uint8Array | undefined {
    return typeof this.text === "string" ? undefined : this.text;
  }
}
