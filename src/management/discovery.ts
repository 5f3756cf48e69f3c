import type { RelayKey } from "../crypto/relay_key.ts";
import { type DiscoveryFacts, discoveryTags } from "../protocol/discovery.ts";
import type { NostrEvent, VerifiedEvent } from "../protocol/event.ts";
import { RELAY_DISCOVERY } from "../protocol/kind.ts";
import type { RelayInfo } from "../protocol/relay_info.ts";
import type { Repository } from "../storage/repository.ts";

export interface DiscoveryOptions {
  readonly key: RelayKey;
  readonly repository: Pick<Repository, "find">;
  /** Stores an event and delivers it to subscriptions. */
  readonly publish: (event: VerifiedEvent) => Promise<unknown>;
  readonly info: () => RelayInfo;
  readonly facts: () => DiscoveryFacts;
  /** Seconds after which what has not changed is published anew: readers look for a recent one. */
  readonly interval: number;
  readonly failed: (error: unknown) => void;
  /** Aborts when the relay stops. */
  readonly signal: AbortSignal;
  /** Unix time in seconds. */
  readonly now: () => number;
}

/** The event by which the relay tells of itself (NIP-66). */
export class Discovery {
  #running: Promise<void> | undefined;

  constructor(readonly options: DiscoveryOptions) {}

  /** Publishes it, if it has changed or is old. Resolves when that is done, or has failed. */
  update(): Promise<void> {
    return this.#running ??= this.#update().catch((error) => {
      if (!this.options.signal.aborted) this.options.failed(error);
    }).finally(() => this.#running = undefined);
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #update(): Promise<void> {
    const { key, publish, info, facts, interval, now } = this.options;
    const document = info();
    const tags = discoveryTags(document, facts()), content = JSON.stringify(document);
    const former = await this.#published(tags[0]![1]!);
    const isSame = former?.content === content && JSON.stringify(former.tags) === JSON.stringify(tags);
    if (isSame && former.created_at + interval > now()) return;
    const created_at = Math.max(now(), (former?.created_at ?? -1) + 1);
    await publish(key.sign({ kind: RELAY_DISCOVERY, created_at, tags, content }));
  }

  async #published(url: string): Promise<NostrEvent | undefined> {
    const { key, repository, signal } = this.options;
    const filter = {
      authors: [key.pubkey],
      kinds: [RELAY_DISCOVERY],
      tags: [{ name: "d", values: [url] }],
      limit: 1,
    };
    for await (const [json] of repository.find([filter], { signal })) {
      if (json !== undefined) return JSON.parse(json);
    }
  }
}
