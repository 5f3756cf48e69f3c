import { Buffer } from "node:buffer";
import { Gate } from "../flow/gate.ts";
import { select, wakeup } from "../flow/select.ts";
import type { Semaphore } from "../flow/semaphore.ts";
import { handleAuth } from "../handler/auth.ts";
import { handleClose } from "../handler/close.ts";
import { handleCount } from "../handler/count.ts";
import { handleEvent } from "../handler/event.ts";
import { Exchanges } from "../handler/neg.ts";
import { refuseReader } from "../handler/refusal.ts";
import { handleReq } from "../handler/req.ts";
import type { QueryResult, Session } from "../handler/session.ts";
import type { Frame, Frames } from "../protocol/message.ts";
import { type ClientMessage, closed, notice, readMessage } from "../protocol/message.ts";
import { Rejection } from "../protocol/reason.ts";
import { type Channels, MAX_IN_FLIGHT, type Of, type Step } from "./channels.ts";
import { type Ending, GARBAGE, IDLE, NORMAL, SHUTDOWN } from "./ending.ts";
import { addLive } from "./live.ts";
import type { Traffic } from "./observer.ts";

/** Unreadable messages in a row before the connection is closed. */
const MAX_GARBAGE = 32;

/** `["EVENT",` and `]`: what is not the event in an EVENT message, when written without spaces. */
const EVENT_WRAPPING = 10;

/**
 * What a client is told, in order: one select over channels, and an answer to each step. It pauses while nobody
 * asks for the next frames, that is, while the client does not read. When all is answered it ends, and the next
 * message begins another: of ten thousand clients most wait for nothing most of the time.
 */
export class Conversation {
  /** EVENTs, COUNTs and NIP-77's messages that were started and whose answer is not sent yet. */
  #inFlight = 0;
  #garbage = 0;
  /** Made for the first message of NIP-77: few clients send any. */
  #exchanges: Exchanges | undefined;

  /** @param lingers Whether it stays, when it is over, until the client has been quiet for a while. */
  constructor(
    readonly session: Session,
    readonly channels: Channels,
    readonly traffic: Traffic,
    readonly lingers: boolean,
  ) {}

  get busy(): boolean {
    return this.#inFlight > 0;
  }

  /** Messages that may be read now. */
  get room(): number {
    return MAX_IN_FLIGHT - this.#inFlight;
  }

  /** Nothing waits, nothing is under way, and nothing needs to be remembered. */
  get over(): boolean {
    return this.channels.empty && this.#inFlight === 0 && this.#garbage === 0 &&
      !this.#exchanges?.size && !this.session.waiting;
  }

  /**
   * Yields frames to send, or none when there is nothing more to answer; returns how the connection ended, or undefined
   * when only the conversation did.
   */
  async *frames(): AsyncGenerator<Frames, Ending | undefined, void> {
    const { signal } = this.session;
    const { control, replies, results, live, inbox } = this.channels;
    const admitted = new Gate(inbox, this);
    // In order of priority: what stops the conversation first, what makes new work last.
    for await (const batch of select<Step>(signal, control, replies, results, live, admitted)) {
      const frames: Frame[] = [];
      let mayEnd = !this.lingers;
      for (const step of batch) {
        if (signal.aborted) return NORMAL; // nobody would close what a REQ opens now
        if (step.type === "shutdown") return yield* this.#farewell();
        if (step.type === "idle") return IDLE;
        if (step.type === "rest") {
          mayEnd = true;
          continue;
        }
        if (step.type === "live") {
          addLive(step, frames, this.session, this.traffic);
          continue;
        }
        const answer = this.#answer(step);
        if (answer instanceof Promise) {
          frames.push(...await answer);
          if (frames.length > 0) yield frames.splice(0);
        } else frames.push(...answer);
      }
      batch.length = 0; // under Deno's `ws` its texts would live on until a full collection: 30 MB a second
      if (frames.length > 0 || this.over) yield frames;
      if (this.#garbage >= MAX_GARBAGE) return GARBAGE;
      if (mayEnd && this.over) return undefined;
    }
    return NORMAL;
  }

  /** The last words of an orderly stop: whatever was accepted gets its answer. */
  async *#farewell(): AsyncGenerator<Frames, Ending, void> {
    const { replies } = this.channels;
    this.session.closeAll(); // others may wait for their queries
    while (this.#inFlight > 0) {
      if (replies.size === 0) await wakeup(this.session.signal, [replies]);
      if (this.session.signal.aborted) return NORMAL;
      yield replies.take(MAX_IN_FLIGHT).flatMap(({ frame }) => this.#answerReply(frame));
    }
    return SHUTDOWN;
  }

  #answer(step: Of<"reply" | "result" | "unreadable" | "text">): Frames | Promise<Frames> {
    switch (step.type) {
      case "reply":
        return this.#answerReply(step.frame);
      case "result":
        return this.#answerResult(step.result);
      case "unreadable":
        return this.#complain(step.complaint);
      case "text":
        return this.#answerText(step.text);
    }
  }

  /** An answer holds its place among those in flight until it is sent; so there is always room for it. */
  #answerReply(frame: string | undefined): Frames {
    this.#inFlight--;
    return frame === undefined ? [] : [frame];
  }

  #answerText(text: string): Frames | Promise<Frames> {
    let message: ClientMessage;
    try {
      message = readMessage(text);
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      return this.#complain(error.reason);
    }
    this.#garbage = 0;
    this.traffic.command(message.verb);
    switch (message.verb) {
      case "EVENT":
        return this.#takeEvent(message.event, Buffer.byteLength(text) - EVENT_WRAPPING);
      case "COUNT":
        return this.#start(handleCount(this.session, message.id, message.filters));
      case "REQ":
        return handleReq(this.session, message.id, message.filters);
      case "CLOSE":
        return handleClose(this.session, message.id);
      case "NEG-OPEN":
        return this.#start(this.#sync().open(message.id, message.filter, message.message));
      case "NEG-MSG":
        return this.#start(this.#sync().message(message.id, message.message));
      case "NEG-CLOSE":
        this.#exchanges?.close(message.id);
        return [];
      case "AUTH": // waited for, so that the message after it is judged with it
        return handleAuth(this.session, message.event).then((frame) => [frame]);
    }
  }

  #sync(): Exchanges {
    return this.#exchanges ??= new Exchanges(
      this.session,
      (frame) => this.#start(Promise.resolve(frame)),
    );
  }

  /**
   * Lets an event go its way while later messages are read; its answer comes as a reply. Waits while the
   * whole relay has as many under way as it may.
   */
  #takeEvent(event: unknown, bytes: number): Frames | Promise<Frames> {
    this.#inFlight++;
    const { signal, services: { intake } } = this.session;
    const go = () => {
      void this.#settle(handleEvent(this.session, event, bytes), intake);
      return [];
    };
    return intake.tryAcquire() ? go() : intake.acquire(signal).then(go);
  }

  /** Lets the answer come as a reply. */
  #start(answer: Promise<string | undefined>): Frames {
    this.#inFlight++;
    void this.#settle(answer);
    return [];
  }

  async #settle(answer: Promise<string | undefined>, permits?: Semaphore): Promise<void> {
    let frame: string | undefined;
    try {
      frame = await answer;
    } catch (error) {
      this.session.services.observer.failed("answer", error);
      frame = notice("error: the relay failed to answer a message");
    }
    permits?.release();
    this.channels.replies.push({ type: "reply", frame });
  }

  #answerResult(result: QueryResult): Frames {
    const { subscription } = result;
    if (subscription.closed) return [];
    if ("failure" in result || subscription.overflowed) {
      this.session.close(subscription.id);
      const sentence = "failure" in result ? result.failure : "more was published meanwhile than can be held";
      return [closed(subscription.id, `error: ${sentence}`)];
    }
    const refused = refuseReader(this.session, subscription);
    if (refused !== undefined) return [refused];
    const { page, end } = result;
    this.traffic.sent("db", page.length);
    const stored = subscription.stored(page, this.session.services.broadcast);
    if (!end) return stored;
    const rest = subscription.goLive(end.hint);
    this.traffic.sent("realtime", rest.length - 1); // all but the EOSE
    return [...stored, ...rest];
  }

  /** Answers what can't be understood; `frames` ends the connection when it goes on. */
  #complain(complaint: string): Frames {
    this.#garbage++;
    return this.#garbage <= MAX_GARBAGE ? [notice(complaint)] : [];
  }
}
