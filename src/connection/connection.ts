import { Buffer } from "node:buffer";
import { randomBytes, randomUUID } from "node:crypto";
import { Semaphore } from "../flow/semaphore.ts";
import type { QueryResult, Services, Session } from "../handler/session.ts";
import type { ClientMessage } from "../protocol/message.ts";
import { type Recipient, Subscription } from "../subscription/subscription.ts";
import { Channels, MAX_QUERIES } from "./channels.ts";
import { Conversation } from "./conversation.ts";
import { type Ending, FAILED, FLOOD, LOST, NORMAL, SHUTDOWN, SLOW } from "./ending.ts";
import type { ConnectionObserver, Traffic } from "./observer.ts";
import { Outbox } from "./outbox.ts";
import type { Peer, Socket, SocketEvents } from "./socket.ts";

export interface ConnectionLimits {
  /** `limits.max_ws_message_bytes` */
  readonly maxMessageBytes: number;
  /** `limits.max_conn_idle_seconds` */
  readonly maxIdleSeconds: number;
  /** `limits.max_send_queue`: live events waiting behind a full socket. */
  readonly maxSendQueue: number;
  /** `limits.max_pending_bytes` */
  readonly maxPendingBytes: number;
  /** The relay's URL for NIP-42, when it is configured. */
  readonly relayUrl: string | undefined;
}

/** Milliseconds that live events may wait behind a full socket in larger number than `maxSendQueue`. */
const QUEUE_PATIENCE = 1_000;

/**
 * One client: what arrives for it goes into channels, one conversation answers, and the outbox sends. It
 * is the session of the handlers.
 */
export class Connection implements Session, SocketEvents, Traffic, Recipient {
  readonly challenge = randomBytes(16).toString("hex");
  readonly relayUrl: string;
  readonly client: Session["client"];
  readonly subscriptions = new Map<string, Subscription>();
  readonly turns = new Semaphore(MAX_QUERIES);
  readonly spendRequest: () => void;

  readonly #pubkeys = new Set<string>();
  readonly #channels: Channels;
  readonly #conversation: Conversation;
  readonly #outbox: Outbox;
  readonly #over = new AbortController();
  /** Made when something is first counted. */
  #counting: Semaphore | undefined;
  #ending: Ending | undefined;
  #served = false;
  #closed = false;
  /** Made when somebody waits for it. */
  #gone: PromiseWithResolvers<void> | undefined;
  readonly #started = Date.now();
  #lastMessage = this.#started;
  #eventsIn = 0;
  #eventsOut = 0;

  constructor(
    readonly socket: Socket,
    readonly peer: Peer,
    readonly services: Services,
    readonly limits: ConnectionLimits,
    readonly observer: ConnectionObserver,
    /** Called when conversation and socket have ended. */
    readonly left: (connection: Connection) => void,
  ) {
    this.relayUrl = limits.relayUrl ?? peer.host;
    this.client = { address: peer.address, host: peer.host, pubkeys: this.#pubkeys };
    this.spendRequest = services.rules.requestRate();
    this.#channels = new Channels(limits.maxPendingBytes);
    this.#outbox = new Outbox(socket);
    this.#conversation = new Conversation(this, this.#channels, this, this.#outbox);
  }

  /** Serves the client until either side ends the connection. Never rejects. */
  async run(): Promise<void> {
    this.observer.started();
    try {
      const frames = this.#conversation.frames();
      let next = await frames.next();
      for (; !next.done; next = await frames.next()) {
        this.#outbox.write(next.value);
        if (this.#outbox.full && !await this.#outbox.drained(this.signal)) this.#end(SLOW);
      }
      // What was accepted is answered: the answers must leave before the process does.
      if (next.value === SHUTDOWN) await this.#outbox.drained(this.signal, { rest: 0 });
      this.#end(next.value);
    } catch (error) {
      if (!this.signal.aborted) this.services.observer.failed("connection", error);
      this.#end(FAILED);
    }
    this.#channels.drop(); // a client that does not go would keep it
    this.#served = true;
    if (this.#closed) this.left(this);
    this.observer.ended({
      id: randomUUID(),
      peer: this.peer,
      reason: this.#ending!.reason,
      started: new Date(this.#started),
      seconds: (Date.now() - this.#started) / 1000,
      eventsIn: this.#eventsIn,
      eventsOut: this.#eventsOut,
    });
  }

  /** Ends the connection; the first ending is the one that counts. */
  #end(ending: Ending): void {
    if (this.#ending) return;
    this.#ending = ending;
    for (const id of [...this.subscriptions.keys()]) this.close(id);
    this.socket.close(ending.code, ending.text);
    this.#over.abort(new Error(`the connection ended: ${ending.reason}`));
  }

  // SocketEvents: what the adapter tells.

  received(text: string | undefined): void {
    if (this.#ending) return; // until a closing client has said goodbye, it may say more
    this.#lastMessage = Date.now();
    const complaint = text === undefined
      ? "invalid: messages are text; binary ones are not understood"
      : this.#sizeComplaint(text);
    const { inbox } = this.#channels;
    const taken = complaint
      ? inbox.push({ type: "unreadable", complaint })
      : inbox.push({ type: "text", text: text! });
    if (!taken) this.#end(FLOOD);
  }

  #sizeComplaint(text: string): string | undefined {
    const most = this.limits.maxMessageBytes;
    if (text.length * 3 <= most) return undefined; // UTF-8 takes at most three bytes for a UTF-16 unit
    const bytes = Buffer.byteLength(text);
    if (bytes <= most) return undefined;
    const [has, accepted] = [bytes, most].map((number) => number.toLocaleString("en-US"));
    return `invalid: the message has ${has} bytes; at most ${accepted} are accepted`;
  }

  closed(code: number): void {
    this.#end(code === LOST.code ? LOST : NORMAL);
    this.#closed = true;
    this.#gone?.resolve();
    if (this.#served) this.left(this);
  }

  /** Resolves when the socket is closed: on Deno not before a client that does not read pleases to go. */
  get gone(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return (this.#gone ??= Promise.withResolvers()).promise;
  }

  // What the relay asks of all connections.

  /** Ends the connection if its client has been idle for too long; called now and then. */
  checkIdle(): void {
    const idle = Date.now() - this.#lastMessage > this.limits.maxIdleSeconds * 1000;
    const busy = this.subscriptions.size > 0 || this.#conversation.busy;
    if (idle && !busy) this.#channels.control.push({ type: "idle" });
  }

  /** Takes nothing more from the client, answers what was accepted, then closes with 1001. */
  shutDown(): void {
    this.#channels.control.push({ type: "shutdown" });
  }

  /** Ends the connection at once. */
  turnAway(why: Ending): void {
    this.#end(why);
  }

  /** Messages that wait here, and bytes that the client has not taken, for the queue gauges. */
  get depth(): { inbox: number; live: number; outbox: number } {
    const { inbox, live } = this.#channels;
    return { inbox: inbox.size, live: live.size, outbox: this.#outbox.pendingBytes };
  }

  // Session: what the handlers ask.

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  get counting(): Semaphore {
    return this.#counting ??= new Semaphore(this.services.rules.maxSubscriptions);
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

  get caughtUp(): boolean {
    return this.#channels.results.size === 0 && this.#outbox.pendingBytes === 0;
  }

  get takesUtf8(): boolean {
    return this.#outbox.takesUtf8;
  }

  results(result: QueryResult): Promise<void> {
    return this.#channels.results.send({ type: "result", result }, result.subscription.signal);
  }

  // Recipient: what subscriptions bring.

  /** Queues a live event, unless the client reads too slowly to be sent another. */
  deliver(subscription: Subscription, json: string): void {
    const { live } = this.#channels;
    const stalled = live.size >= this.limits.maxSendQueue && this.#outbox.stalledFor > QUEUE_PATIENCE;
    if (stalled || !live.push({ type: "live", subscription, json })) this.#end(SLOW);
  }

  // Traffic: what the conversation counts.

  command(verb: ClientMessage["verb"]): void {
    if (verb === "EVENT") this.#eventsIn++;
    this.observer.command(verb);
  }

  sent(source: "db" | "realtime", events: number): void {
    this.#eventsOut += events;
    this.observer.sent(source, events);
  }
}
