import type { Vanished, VanishedRegister } from "../vanishing.ts";
import type { Remote } from "./remote.ts";
import type { WriterMethods } from "./writer_worker.ts";

/** Rows that are let go of in one transaction when somebody has vanished. */
const MOST_FORGOTTEN = 2_000;

/** Who has vanished, as the writer's thread knows it. */
export class RemoteVanished implements VanishedRegister {
  constructor(readonly writer: Remote<WriterMethods>) {}

  note(who: readonly Vanished[]): Promise<void> {
    return this.writer.call("noteVanished", who);
  }

  after(pubkey: string, most: number): Promise<readonly Vanished[]> {
    return this.writer.call("vanishedAfter", pubkey, most);
  }

  leaving(most: number): Promise<readonly Vanished[]> {
    return this.writer.call("leaving", most);
  }

  async forget(vanished: readonly Vanished[], { traces }: { readonly traces: boolean }): Promise<void> {
    const lastRemoval = traces ? await this.writer.call("lastRemoval") : undefined;
    while (!await this.writer.call("forget", vanished, MOST_FORGOTTEN, lastRemoval));
  }
}
