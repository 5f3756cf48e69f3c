import { randomBytes } from "node:crypto";
import { Semaphore } from "../flow/semaphore.ts";
import type { QueryResult, Services, Session } from "../handler/session.ts";
import { type Recipient, Subscription } from "../subscription/subscription.ts";
import { MAX_QUERIES } from "./channels.ts";
import type { Peer } from "./socket.ts";

/** Who the client is and what it has open: the part of a connection that has nothing to do with its socket. */
export abstract class ClientSession implements Session, Recipient {
  readonly relayUrl: string;
  readonly client: Session["client"];
  readonly subscriptions = new Map<string, Subscription>();
  readonly spendRequest: () => void;
  readonly #pubkeys = new Set<string>();
  // Each of these is made when it is first needed: most connections never need most of them.
  #challenge: string | undefined;
  #turns: Semaphore | undefined;
  #counting: Semaphore | undefined;

  /** @param relayUrl The relay's URL for NIP-42, when it is configured. */
  constructor(readonly peer: Peer, readonly services: Services, relayUrl: string | undefined) {
    this.relayUrl = relayUrl ?? peer.host;
    this.client = { address: peer.address, host: peer.host, pubkeys: this.#pubkeys };
    this.spendRequest = services.rules.requestRate();
  }

  abstract readonly signal: AbortSignal;
  abstract readonly ample: boolean;
  abstract readonly takesUtf8: boolean;
  abstract results(result: QueryResult): Promise<void>;
  abstract deliver(subscription: Subscription, json: string): void;

  get challenge(): string {
    return this.#challenge ??= randomBytes(16).toString("hex");
  }

  get turns(): Semaphore {
    return this.#turns ??= new Semaphore(MAX_QUERIES);
  }

  get counting(): Semaphore {
    return this.#counting ??= new Semaphore(this.services.rules.maxSubscriptions);
  }

  get waiting(): boolean {
    for (const { live } of this.subscriptions.values()) if (!live) return true;
    return false;
  }

  authenticate(pubkey: string): void {
    this.#pubkeys.add(pubkey);
  }

  open(id: string, filters: Subscription["filters"]): Subscription {
    this.close(id);
    const subscription = new Subscription(id, filters, this, this.services.rules.hold);
    this.subscriptions.set(id, subscription);
    this.services.broadcast.open(subscription);
    return subscription;
  }

  close(id: string): void {
    const subscription = this.subscriptions.get(id);
    if (!subscription) return;
    this.subscriptions.delete(id);
    this.services.broadcast.close(subscription);
  }

  closeAll(): void {
    for (const id of [...this.subscriptions.keys()]) this.close(id);
  }
}
