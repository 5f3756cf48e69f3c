import { Buffer } from "node:buffer";
import { randomBytes, randomUUID } from "node:crypto";
import { Channel } from "../flow/channel.ts";
import { select, wakeup } from "../flow/select.ts";
import { Semaphore } from "../flow/semaphore.ts";
import { handleAuth } from "../handler/auth.ts";
import { handleClose } from "../handler/close.ts";
import { handleCount } from "../handler/count.ts";
import { handleEvent } from "../handler/event.ts";
import { handleReq } from "../handler/req.ts";
import type { QueryResult, Services, Session } from "../handler/session.ts";
import { authChallenge, type ClientMessage, closed, notice, readMessage } from "../protocol/message.ts";
import { Rejection } from "../protocol/reason.ts";
import { Subscription } from "../subscription/subscription.ts";
import { Outbox } from "./outbox.ts";
import type { Peer, Socket, SocketEvents } from "./socket.ts";
import type { Control, Incoming, Live, Reply, Result, Step } from "./step.ts";

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

/** Why a connection ended, as metrics and the log call it. */
export type EndReason =
  | "normal"
  | "timeout"
  | "error"
  | "slowclient"
  | "flood"
  | "garbage"
  | "shutdown";

/** What a connection did, for the line that the log gets at its end. */
export interface ConnectionSummary {
  readonly id: string;
  readonly peer: Peer;
  readonly reason: EndReason;
  readonly seconds: number;
  readonly started: Date;
  readonly eventsIn: number;
  readonly eventsOut: number;
}

export interface ConnectionObserver {
  command(verb: ClientMessage["verb"]): void;
  sent(source: "db" | "realtime", events: number): void;
  ended(summary: ConnectionSummary): void;
}

/** EVENTs and COUNTs of one connection under way at once: its share of the relay's intake. */
const MAX_IN_FLIGHT = 512;

/** Unread messages of one connection, in bytes. Neither runtime can stop a native socket from reading. */
const MAX_INBOX_BYTES = 8 * 1024 * 1024;

/** `["EVENT",` and `]`: what is not the event in an EVENT message, when written without spaces. */
const EVENT_WRAPPING = 10;

/** What an unread message costs beside its text. */
const FRAME_OVERHEAD = 100;

/** Unreadable messages in a row before the connection is closed. */
const MAX_GARBAGE = 32;

/** Milliseconds that live events may wait behind a full socket in larger number than `maxSendQueue`. */
const QUEUE_PATIENCE = 1_000;

/**
 * One client. Everything that happens to it passes one `select` over five channels; what it is sent comes
 * out of one generator, which pauses while the client does not read.
 */
export class Connection implements Session, SocketEvents {
  readonly id = randomUUID();
  readonly challenge = randomBytes(16).toString("hex");
  readonly relayUrl: string;
  readonly subscriptions = new Map<string, Subscription>();
  readonly #pubkeys = new Set<string>();
  readonly client: Session["client"];

  readonly #control = new Channel<Control>(8);
  readonly #replies = new Channel<Reply>(2 * MAX_IN_FLIGHT);
  readonly #results = new Channel<Result>(4);
  readonly #live = new Channel<Live>(Infinity); // bounded by bytes: see #deliver
  readonly #inbox = new Channel<Incoming>(Infinity); // bounded by bytes: see received
  #liveBytes = 0;
  #inboxBytes = 0;

  readonly #ending = new AbortController();
  readonly #outbox: Outbox;
  readonly #inFlight = new Semaphore(MAX_IN_FLIGHT);
  readonly #spendRequest: () => void;
  #endReason: EndReason | undefined;
  #garbage = 0;
  readonly #started = Date.now();
  #lastMessage = Date.now();
  #eventsIn = 0;
  #eventsOut = 0;

  constructor(
    readonly socket: Socket,
    readonly peer: Peer,
    readonly services: Services,
    readonly limits: ConnectionLimits,
    readonly observer: ConnectionObserver,
  ) {
    this.#outbox = new Outbox(socket);
    this.#spendRequest = services.rules.requestRate();
    this.relayUrl = limits.relayUrl ?? peer.host;
    this.client = { address: peer.address, pubkeys: this.#pubkeys };
  }

  /** Serves the client until either side ends the connection. Never rejects. */
  async run(): Promise<void> {
    try {
      for await (const frames of this.#conversation()) {
        this.#outbox.write(frames);
        if (this.#outbox.full && !await this.#outbox.drained(this.signal)) this.#endSlow();
      }
    } catch (error) {
      if (!this.signal.aborted) {
        this.services.observer.failed("connection", error);
        this.#end("error", 1011, "the relay failed; please reconnect");
      }
    } finally {
      this.#end("normal", 1000, "");
      this.#report();
    }
  }

  /** What the client is sent, in order. Ends when the connection does. */
  async *#conversation(): AsyncGenerator<readonly string[], void, void> {
    if (this.services.rules.authentication) yield [authChallenge(this.challenge)];
    const sources = [this.#control, this.#replies, this.#results, this.#live, this.#inbox];
    for await (const batch of select<Step>(this.signal, ...sources)) {
      const frames: string[] = [];
      for (const step of batch) {
        if (step.type === "shutdown") return yield* this.#farewell();
        const answer = this.#answer(step);
        if (answer instanceof Promise) yield [...frames.splice(0), ...await answer];
        else frames.push(...answer);
      }
      if (frames.length > 0) yield frames;
    }
  }

  #answer(step: Exclude<Step, { type: "shutdown" }>): readonly string[] | Promise<readonly string[]> {
    switch (step.type) {
      case "idle":
        this.#end("timeout", 1000, `idle for ${this.limits.maxIdleSeconds} s without a subscription`);
        return [];
      case "reply":
        return [step.frame];
      case "result":
        return this.#answerResult(step.result);
      case "live":
        return this.#answerLive(step);
      case "unreadable":
        this.#inboxBytes -= FRAME_OVERHEAD;
        return this.#complain(step.complaint);
      case "text":
        this.#inboxBytes -= step.text.length + FRAME_OVERHEAD;
        return this.#answerText(step.text);
    }
  }

  /** The last words of an orderly stop: every event that was accepted gets its OK. */
  async *#farewell(): AsyncGenerator<readonly string[], void, void> {
    while (this.#inFlight.held > 0 || this.#replies.size > 0) {
      if (this.#replies.size === 0) await wakeup(this.signal, [this.#replies]);
      if (this.signal.aborted) return;
      yield this.#replies.take(MAX_IN_FLIGHT).map(({ frame }) => frame);
    }
    this.#end("shutdown", 1001, "the relay is shutting down");
  }

  #answerText(text: string): readonly string[] | Promise<readonly string[]> {
    let message: ClientMessage;
    try {
      message = readMessage(text);
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      return this.#complain(error.reason);
    }
    this.#garbage = 0;
    this.observer.command(message.verb);
    switch (message.verb) {
      case "EVENT":
        this.#eventsIn++;
        return this.#start(handleEvent, message.event, Buffer.byteLength(text) - EVENT_WRAPPING);
      case "COUNT":
        return this.#start(handleCount, message.id, message.filters);
      case "REQ":
        return handleReq(this, message.id, message.filters);
      case "CLOSE":
        return handleClose(this, message.id);
      case "AUTH": // waited for, so that the message after it is judged with it
        return handleAuth(this, message.event).then((frame) => [frame]);
    }
  }

  /**
   * Lets a handler go its way while later messages are read; its answer comes as a reply. Waits while
   * this connection, or the whole relay, has as much under way as it may.
   */
  #start<Given extends unknown[]>(
    handler: (session: Session, ...given: Given) => Promise<string>,
    ...given: Given
  ): readonly string[] | Promise<readonly string[]> {
    const go = () => {
      void handler(this, ...given)
        .catch((error) => {
          this.services.observer.failed("answer", error);
          return notice("error: the relay failed to answer a message");
        })
        .then((frame) => {
          this.services.intake.release();
          this.#inFlight.release();
          this.#replies.push({ type: "reply", frame });
        });
      return [];
    };
    if (this.#inFlight.tryAcquire()) {
      if (this.services.intake.tryAcquire()) return go();
      this.#inFlight.release();
    }
    return this.#permits().then(go);
  }

  async #permits(): Promise<void> {
    await this.#inFlight.acquire(this.signal);
    try {
      await this.services.intake.acquire(this.signal);
    } catch (aborted) {
      this.#inFlight.release();
      throw aborted;
    }
  }

  #answerResult(result: QueryResult): readonly string[] {
    const { subscription } = result;
    if (subscription.closed) return [];
    if ("failure" in result || subscription.overflowed) {
      this.close(subscription.id);
      const sentence = "failure" in result ? result.failure : "more was published meanwhile than can be held";
      return [closed(subscription.id, `error: ${sentence}`)];
    }
    const frames = "page" in result
      ? subscription.stored(result.page)
      : subscription.goLive(this.services.broadcast.mayCome);
    this.#sent("page" in result ? "db" : "realtime", "page" in result ? frames.length : frames.length - 1);
    return frames;
  }

  #answerLive({ subscription, json }: Live): readonly string[] {
    this.#liveBytes -= json.length;
    if (subscription.closed) return [];
    this.#sent("realtime", 1);
    return [subscription.frame(json)];
  }

  #sent(source: "db" | "realtime", events: number): void {
    this.#eventsOut += events;
    this.observer.sent(source, events);
  }

  /** Answers what can't be understood, and closes on a client that goes on with it. */
  #complain(complaint: string): readonly string[] {
    if (++this.#garbage < MAX_GARBAGE) return [notice(complaint)];
    this.#end("garbage", 1008, `${MAX_GARBAGE} unreadable messages in a row`);
    return [];
  }

  // Session: what handlers ask of the connection.

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  authenticate(pubkey: string): void {
    this.#pubkeys.add(pubkey);
  }

  spendRequest(): void {
    this.#spendRequest();
  }

  open(id: string, filters: Subscription["filters"]): Subscription {
    this.close(id);
    const deliver = (to: Subscription, json: string) => this.#deliver(to, json);
    const subscription = new Subscription(id, filters, deliver, this.services.rules.maxHeld);
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

  results(result: QueryResult): Promise<void> {
    return this.#results.send({ type: "result", result }, result.subscription.signal);
  }

  /** Queues a live event, unless the client reads too slowly to deserve another. */
  #deliver(subscription: Subscription, json: string): void {
    this.#liveBytes += json.length;
    this.#live.push({ type: "live", subscription, json });
    const stalled = this.#live.size > this.limits.maxSendQueue && this.#outbox.stalledFor > QUEUE_PATIENCE;
    if (stalled || this.#liveBytes + this.#outbox.pendingBytes > this.limits.maxPendingBytes) this.#endSlow();
  }

  // SocketEvents and what the relay asks of the connection.

  received(text: string | undefined): void {
    this.#lastMessage = Date.now();
    const most = this.limits.maxMessageBytes;
    const bytes = text === undefined ? 0 : text.length * 3 > most ? Buffer.byteLength(text) : text.length;
    if (text === undefined || bytes > most) {
      const complaint = text === undefined
        ? "invalid: messages are text; binary ones are not understood"
        : `invalid: the message has ${figure(bytes)} bytes; at most ${figure(most)} are accepted`;
      this.#inboxBytes += FRAME_OVERHEAD;
      this.#inbox.push({ type: "unreadable", complaint });
    } else {
      this.#inboxBytes += text.length + FRAME_OVERHEAD;
      this.#inbox.push({ type: "text", text });
    }
    if (this.#inboxBytes > MAX_INBOX_BYTES) this.#end("flood", 1008, "too many messages; wait for answers");
  }

  closed(): void {
    this.#end("normal", 1000, "");
  }

  /** Ends the connection if its client has been idle for too long; called now and then. */
  checkIdle(): void {
    const idle = Date.now() - this.#lastMessage > this.limits.maxIdleSeconds * 1000;
    if (idle && this.subscriptions.size === 0 && this.#inFlight.held === 0) {
      this.#control.push({ type: "idle" });
    }
  }

  /** Takes nothing more from the client, answers what was accepted, then closes with 1001. */
  shutDown(): void {
    this.#control.push({ type: "shutdown" });
  }

  /** What waits on this connection, for the queue gauges. */
  get depth(): { inbox: number; live: number } {
    return { inbox: this.#inbox.size, live: this.#live.size };
  }

  #endSlow(): void {
    this.#end("slowclient", 1013, "the client reads too slowly");
  }

  /** Ends the connection; the first reason is the one that counts. */
  #end(reason: EndReason, code: number, text: string): void {
    if (this.#endReason) return;
    this.#endReason = reason;
    for (const id of [...this.subscriptions.keys()]) this.close(id);
    this.socket.close(code, text);
    this.#ending.abort(new Error(`the connection ended: ${reason}`));
  }

  #report(): void {
    this.observer.ended({
      id: this.id,
      peer: this.peer,
      reason: this.#endReason ?? "normal",
      started: new Date(this.#started),
      seconds: (Date.now() - this.#started) / 1000,
      eventsIn: this.#eventsIn,
      eventsOut: this.#eventsOut,
    });
  }
}

const figure = (number: number) => number.toLocaleString("en-US");
