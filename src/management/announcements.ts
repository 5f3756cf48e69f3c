import { setTimeout as sleep } from "node:timers/promises";
import type { Draft, RelayKey } from "../crypto/relay_key.ts";
import { Batcher } from "../flow/batcher.ts";
import { type NostrEvent, tagValue, type VerifiedEvent } from "../protocol/event.ts";
import { MEMBER_ADDED, MEMBER_REMOVED, MEMBERS, ROLE } from "../protocol/kind.ts";
import type { Repository } from "../storage/repository.ts";
import type { Role } from "./lists.ts";

/** Of the time, the part for which the list of members may be rewritten, each time as a whole. */
const SHARE = 0.05;

/** Milliseconds that changes wait at most, so as to be published together. */
const MOST_REST = 1_000;

export interface AnnouncementsOptions {
  readonly key: RelayKey;
  readonly repository: Repository;
  /** Stores an event and delivers it to subscriptions. */
  readonly publish: (event: VerifiedEvent) => Promise<unknown>;
  readonly members: () => ReadonlyMap<string, readonly string[]>;
  readonly roles: () => ReadonlyMap<string, Role>;
  readonly failed: (error: unknown) => void;
  readonly signal: AbortSignal;
  /** Unix time in seconds. */
  readonly now: () => number;
  /** In milliseconds. Default: of `performance`. */
  readonly clock?: () => number;
  /** Lets so many milliseconds pass. Default: a timer. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

/** What the relay publishes under its own name: its members, who was added and removed, and roles (NIP-43). */
export class Announcements {
  readonly #updates = new Batcher<undefined, void>(
    (all) => this.#updateOnce().then(() => new Array(all.length)),
    Infinity,
  );
  /** By the clock. */
  #restsUntil = 0;

  constructor(readonly options: AnnouncementsOptions) {}

  /**
   * Publishes what differs from what was published before, for all who ask while it rests from the last time. Resolves
   * when that is done, or has failed.
   */
  update(): Promise<void> {
    return this.#updates.ask(undefined);
  }

  async #updateOnce(): Promise<void> {
    const { signal, failed, clock = () => performance.now() } = this.options;
    const { pause = (milliseconds) => sleep(milliseconds, undefined, { signal }) } = this.options;
    try {
      const rest = this.#restsUntil - clock();
      if (rest > 0) await pause(rest);
      const start = clock();
      await this.#update();
      const took = clock() - start;
      this.#restsUntil = start + Math.min(took / SHARE, MOST_REST);
    } catch (error) {
      if (!signal.aborted) failed(error);
    }
  }

  async #update(): Promise<void> {
    const own = await this.#published();
    const list = own.find(({ kind }) => kind === MEMBERS);
    await this.#updateRoles(own.filter(({ kind }) => kind === ROLE));
    await this.#updateMembers(list);
  }

  async #updateMembers(list: NostrEvent | undefined): Promise<void> {
    const members = this.options.members();
    const tags = [PROTECTED, ...[...members].map(([pubkey, roles]) => ["member", pubkey, ...roles])];
    if (list && JSON.stringify(list.tags) === JSON.stringify(tags)) return;
    if (list) await this.#tellChanges(list, members);
    await this.#publish({ kind: MEMBERS, tags }, list);
  }

  /** All at once, so that they share commits. */
  async #tellChanges(list: NostrEvent, members: ReadonlyMap<string, unknown>): Promise<void> {
    const before = new Set(list.tags.flatMap(([name, pubkey]) => name === "member" ? pubkey! : []));
    const added = [...members.keys()].filter((pubkey) => !before.has(pubkey));
    const removed = [...before].filter((pubkey) => !members.has(pubkey));
    await Promise.all([
      ...added.map((pubkey) => this.#tell(MEMBER_ADDED, pubkey)),
      ...removed.map((pubkey) => this.#tell(MEMBER_REMOVED, pubkey)),
    ]);
  }

  async #updateRoles(published: readonly NostrEvent[]): Promise<void> {
    const roles = this.options.roles();
    const events = new Map(published.map((event) => [tagValue(event, "d")!, event]));
    for (const [id, role] of roles) {
      const event = events.get(id);
      events.delete(id);
      const tags = roleTags(id, role);
      if (event && JSON.stringify(event.tags) === JSON.stringify(tags)) continue;
      await this.#publish({ kind: ROLE, tags }, event);
    }
    await this.options.repository.remove([...events.values()].map(({ id }) => id));
  }

  async #published(): Promise<NostrEvent[]> {
    const { key, repository, signal } = this.options;
    const events: NostrEvent[] = [];
    const filter = { authors: [key.pubkey], kinds: [MEMBERS, ROLE] };
    for await (const page of repository.find([filter], { signal })) {
      events.push(...page.map((json): NostrEvent => JSON.parse(json)));
    }
    return events;
  }

  #tell(kind: number, pubkey: string): Promise<void> {
    return this.#publish({ kind, tags: [PROTECTED, ["p", pubkey]] });
  }

  /** @param former The version that is replaced, which must be older. */
  async #publish({ kind, tags }: Pick<Draft, "kind" | "tags">, former?: NostrEvent): Promise<void> {
    const { key, publish, now } = this.options;
    const created_at = Math.max(now(), (former?.created_at ?? -1) + 1);
    await publish(key.sign({ kind, tags, created_at, content: "" }));
  }
}

/** NIP-70 */
const PROTECTED: readonly string[] = ["-"];

function roleTags(id: string, { label, description, color, order }: Role): string[][] {
  const optional: [string, string | number | undefined][] = [
    ["label", label],
    ["description", description],
    ["color", color],
    ["order", order],
  ];
  const given = optional.filter(([, value]) => value !== undefined && value !== "");
  return [[...PROTECTED], ["d", id], ...given.map(([name, value]) => [name, String(value)])];
}
