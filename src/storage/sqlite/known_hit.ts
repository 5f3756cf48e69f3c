import { idOf } from "../../protocol/event.ts";
import { createdAtOf } from "./json_matcher.ts";
import type { Hit } from "./query.ts";

/** An event of a remembered answer; where it stands in the order of serving is read only when it is asked for. */
export class KnownHit implements Hit {
  constructor(readonly seq: number, readonly json: string) {}

  get past(): number {
    return -createdAtOf(this.json);
  }

  get id(): string {
    return idOf(this.json);
  }
}
