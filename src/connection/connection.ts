import type { QueryResult, Services } from "../handler/session.ts";
import { BATCH, type Source, type Waker } from "../flow/select.ts";
import type { Passage } from "../flow/shortcut.ts";
import { authChallenge, type Frame } from "../protocol/message.ts";
import type { Subscription } from "../subscription/subscription.ts";
import { Channels, Inbox, type LiveEvents, liveEvents, type Of } from "./channels.ts";
import { ClientSession } from "./client_session.ts";
import { Conversation } from "./conversation.ts";
import { type Ending, FAILED, FLOOD, LOST, NORMAL, SHUTDOWN, SLOW } from "./ending.ts";
import type { Host } from "./host.ts";
import { addLive } from "./live.ts";
import type { Guest } from "./lobby.ts";
import { Outbox } from "./outbox.ts";
import type { Peer, Socket, SocketEvents } from "./socket.ts";
import { TrafficCount } from "./traffic_count.ts";

/** Milliseconds that live events may wait behind a full socket in larger number than `maxSendQueue`. */
const QUEUE_PATIENCE = 1_000;

/**
 * Milliseconds. A conversation that begins within so many of the last one's end lingers until the client has been quiet
 * for as many: to begin one costs something, and who says much shall not cost it each time.
 */
const REST_AFTER = 1_000;

/**
 * One client. What it says goes into the channels of a conversation, which answers and then is gone; the outbox sends.
 * So a client that waits for nothing costs little more than its subscriptions.
 */
export class Connection extends ClientSession implements SocketEvents, Guest, Waker, Passage<Of<"live">> {
  readonly #live: LiveEvents;
  readonly #outbox: Outbox;
  readonly #traffic: TrafficCount;
  #conversation: Conversation | undefined;
  /** What has come and was not read yet, while there is any or a conversation. */
  #inbox: Inbox | undefined;
  #aborting: AbortController | undefined;
  #served: PromiseWithResolvers<void> | undefined;
  #gone: PromiseWithResolvers<void> | undefined;
  #ending: Ending | undefined;
  #closed = false;
  #lastMessage = Date.now();
  /** When the last conversation ended, in milliseconds. */
  #talked = 0;

  constructor(readonly socket: Socket, peer: Peer, services: Services, readonly host: Host) {
    super(peer, services, host.limits.relayUrl);
    this.#live = liveEvents(this, host.limits.maxPendingBytes);
    this.#live.arm(this);
    this.#outbox = new Outbox(socket, host.behind);
    this.#traffic = new TrafficCount(host.observer);
  }

  /** Says the first word, where there is one: NIP-42's challenge. */
  greet(): void {
    if (!this.services.rules.authentication) return;
    try {
      this.#outbox.write([authChallenge(this.challenge)]);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The channels of the conversation that goes on; without one, one begins. */
  #converse(): Channels {
    if (!this.#conversation) {
      this.#live.arm(undefined); // what waits there is taken in its turn
      const lingers = Date.now() - this.#talked < REST_AFTER;
      const channels = new Channels(this.#live, this.#inbox ??= new Inbox());
      this.#conversation = new Conversation(this, channels, this.#traffic, lingers);
      this.host.lobby.began(this);
      void this.#serve(this.#conversation);
    }
    return this.#conversation.channels;
  }

  /** Serves the client until the conversation is over or either side ends the connection. Never rejects. */
  async #serve(conversation: Conversation): Promise<void> {
    try {
      do {
        const frames = conversation.frames();
        let next = await frames.next();
        for (; !next.done; next = await frames.next()) {
          this.host.lobby.answered(this);
          if (next.value.length === 0) continue;
          this.#outbox.write(next.value);
          if (this.#outbox.full && !await this.#outbox.drained(this.signal)) this.end(SLOW);
        }
        // What was accepted is answered: the answers must leave before the process does.
        if (next.value === SHUTDOWN) await this.#outbox.drained(this.signal, { rest: 0 });
        if (next.value) this.end(next.value);
      } while (!this.#ending && !conversation.over); // something came at the last moment
    } catch (error) {
      this.#fail(error);
    }
    this.host.lobby.answered(this);
    this.#conversation = this.#inbox = this.#aborting = undefined;
    this.#talked = Date.now();
    this.#live.arm(this);
    if (this.#ending) this.#finish();
  }

  #fail(error: unknown): void {
    if (!this.#ending) this.services.observer.failed("connection", error);
    this.end(FAILED);
  }

  /** Ends the connection at once; the first ending is the one that counts. */
  end(ending: Ending): void {
    if (this.#ending) return;
    this.#ending = ending;
    this.closeAll();
    this.socket.close(ending.code, ending.text);
    this.#aborting?.abort(endError(ending));
    if (!this.#conversation) this.#finish();
  }

  /** The connection has ended and nothing more will be said. */
  #finish(): void {
    this.#live.take(Infinity); // a client that does not go would keep them
    this.#inbox = undefined;
    this.#served?.resolve();
    if (this.#closed) this.host.left(this);
    this.host.observer.ended(this.#traffic.summary(this.peer, this.#ending!.reason));
  }

  get #finished(): boolean {
    return this.#ending !== undefined && !this.#conversation;
  }

  // SocketEvents: what the adapter tells.

  received(text: string | undefined): void {
    if (this.#ending) return; // until a closing client has said goodbye, it may say more
    this.#lastMessage = Date.now();
    if (!this.#inbox) {
      this.#inbox = new Inbox();
      this.host.lobby.enter(this);
    }
    if (!this.#inbox.hear(text, this.host.limits.maxMessageBytes)) this.end(FLOOD);
  }

  /** Whoever waits in the lobby is let in. */
  begin(): void {
    if (this.#inbox) this.#converse();
  }

  closed(code: number): void {
    const wasFinished = this.#finished;
    this.#closed = true;
    this.#gone?.resolve();
    if (wasFinished) this.host.left(this);
    else this.end(code === LOST.code ? LOST : NORMAL);
  }

  /** Resolves when the connection has ended and all conversation with it. */
  get served(): Promise<void> {
    if (this.#finished) return Promise.resolve();
    return (this.#served ??= Promise.withResolvers()).promise;
  }

  /** Resolves when the socket is closed: on Deno not before a client that does not read pleases to go. */
  get gone(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return (this.#gone ??= Promise.withResolvers()).promise;
  }

  // What the relay asks of all connections.

  /**
   * Ends the connection if its client has been idle for too long; called now and then.
   * @param now Milliseconds, as of `Date.now`.
   */
  checkIdle(now: number): void {
    const idle = now - this.#lastMessage > this.host.limits.maxIdleSeconds * 1000;
    const busy = this.subscriptions.size > 0 || this.#conversation?.busy;
    if (idle && !busy && !this.#ending) this.#converse().control.push({ type: "idle" });
  }

  /** Lets a conversation that lingers end if its client has been quiet for a while; answers whether it may. */
  rest(now: number): boolean {
    const conversation = this.#conversation;
    if (!conversation?.over || now - this.#lastMessage < REST_AFTER) return false;
    return conversation.channels.control.push({ type: "rest" });
  }

  /** Takes nothing more from the client, answers what was accepted, then closes with 1001. */
  shutDown(): void {
    if (!this.#ending) this.#converse().control.push({ type: "shutdown" });
  }

  /** Messages that wait here, and bytes that the client has not taken, for the queue gauges. */
  get depth(): { inbox: number; live: number; outbox: number } {
    return { inbox: this.#inbox?.size ?? 0, live: this.#live.size, outbox: this.#outbox.pendingBytes };
  }

  // Session: what the handlers ask. The signal is the same one during a conversation.

  get signal(): AbortSignal {
    if (!this.#aborting) {
      this.#aborting = new AbortController();
      if (this.#ending) this.#aborting.abort(endError(this.#ending));
    }
    return this.#aborting.signal;
  }

  get ample(): boolean {
    return !this.#conversation?.channels.results.size && this.#outbox.ample;
  }

  get takesUtf8(): boolean {
    return this.#outbox.takesUtf8;
  }

  results(result: QueryResult): Promise<void> {
    const { signal } = result.subscription;
    if (signal.aborted) return Promise.reject(signal.reason); // perhaps with the whole connection
    return this.#converse().results.send({ type: "result", result }, signal);
  }

  // Recipient: what subscriptions bring.

  /** Queues a live event, unless the client reads too slowly to be sent another. */
  deliver(subscription: Subscription, json: string): void {
    const live = this.#live;
    const stalled = live.size >= this.host.limits.maxSendQueue && this.#outbox.stalledFor > QUEUE_PATIENCE;
    if (stalled || !live.push({ type: "live", subscription, json })) this.end(SLOW);
  }

  /** Sends live events to a client who waits for nothing else, past the conversation, or without one. */
  pass(live: Source<Of<"live">>): boolean {
    if (this.#outbox.full) return false;
    try {
      const frames: Frame[] = [];
      for (const each of live.take(BATCH)) addLive(each, frames, this, this.#traffic);
      if (frames.length > 0) this.#outbox.write(frames);
    } catch (error) {
      this.#fail(error);
    }
    return true;
  }

  /** Live events wait, and there is no conversation. */
  wake(): void {
    if (!this.#ending) this.#converse();
  }
}

const endError = ({ reason }: Ending): Error => new Error(`the connection ended: ${reason}`);
