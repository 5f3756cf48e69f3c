import { Buffer } from "node:buffer";
import { unlessAborted } from "../flow/unless_aborted.ts";

/** Milliseconds to wait for the connection, for the next message of an answer, and for a socket to close. */
const CONNECT_PATIENCE = 15_000, ANSWER_PATIENCE = 60_000, CLOSE_PATIENCE = 2_000;

/** A longer message, in UTF-16 units, is nothing that a relay was asked for. */
const LONGEST_MESSAGE = 16 * 1024 * 1024;

/** The other relay, or the way to it, fails. The message is for the operator. */
export class RemoteError extends Error {
  override readonly name = "RemoteError";
}

/** A message of a relay: its verb, then whatever it sent. */
export type RelayMessage = readonly unknown[];

export interface Asking<Answer> {
  /** What is asked about: see `keyOf`. */
  readonly key: string;
  readonly frame: string;
  /** Called with each message about it; the first that gives something is the answer. */
  hear(message: RelayMessage): Answer | undefined;
  /** What is told when no answer comes. Default: that there was none. */
  readonly silence?: string;
  /** Milliseconds between two messages. Default 60_000. */
  readonly patience?: number;
}

interface Listener {
  hear(message: RelayMessage): void;
}

/** A connection to another relay, as its client. */
export class RemoteRelay implements AsyncDisposable {
  readonly traffic = { sent: 0, received: 0 };
  /** Called with what the relay tells of nothing in particular. */
  onNotice: (sentence: string) => void = () => {};
  readonly #socket: WebSocket;
  readonly #listeners = new Map<string, Listener>();
  readonly #over = new AbortController();
  readonly #opened = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();

  /**
   * @param signal Ends the connection too.
   * @throws {RemoteError} when there is no connection in time; or the signal's reason.
   */
  static async connect(url: string, signal: AbortSignal): Promise<RemoteRelay> {
    signal.throwIfAborted();
    const remote = new RemoteRelay(url, signal);
    const late = setTimeout(() => remote.#end("does not accept the connection in time"), CONNECT_PATIENCE);
    try {
      await unlessAborted(remote.#opened.promise, signal);
      return remote;
    } catch (error) {
      await remote[Symbol.asyncDispose]();
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  private constructor(readonly url: string, signal: AbortSignal) {
    const leave = () => this.#end("was left");
    signal.addEventListener("abort", leave, { once: true });
    this.signal.addEventListener("abort", () => signal.removeEventListener("abort", leave), { once: true });
    const socket = this.#socket = new WebSocket(url);
    this.#opened.promise.catch(() => {}); // whoever connects hears of it
    socket.onopen = () => this.#opened.resolve();
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onerror = () => {}; // a close follows
    socket.onclose = ({ code, reason }) => {
      this.#end(`has closed the connection (${[code, reason].filter(Boolean).join(": ")})`);
      this.#closed.resolve();
    };
  }

  /** Aborts with a RemoteError when the connection ends. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  send(frame: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return; // its end has been told, or will be
    this.traffic.sent += Buffer.byteLength(frame);
    this.#socket.send(frame);
  }

  /** Sends a frame and waits for its answer. @throws {RemoteError} */
  async ask<Answer>(
    { key, frame, hear, silence, patience = ANSWER_PATIENCE }: Asking<Answer>,
  ): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const late = () => reject(this.error(silence ?? "does not answer"));
    let timer = setTimeout(late, patience);
    const heard = (message: RelayMessage) => {
      clearTimeout(timer);
      timer = setTimeout(late, patience);
      const answer = hear(message);
      if (answer !== undefined) resolve(answer);
    };
    this.#listeners.set(key, { hear: heard });
    try {
      this.send(frame);
      return await unlessAborted(promise, this.signal);
    } finally {
      clearTimeout(timer);
      this.#listeners.delete(key);
    }
  }

  /** Sends a frame and hears all that comes of it, until it is disposed. */
  follow(key: string, frame: string, hear: (message: RelayMessage) => void): Disposable {
    this.#listeners.set(key, { hear });
    this.send(frame);
    return { [Symbol.dispose]: () => void this.#listeners.delete(key) };
  }

  error(sentence: string): RemoteError {
    return new RemoteError(`${this.url} ${sentence}`);
  }

  /** Closes the connection, and waits a little for the relay to agree. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end("was left");
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, CLOSE_PATIENCE));
    await Promise.race([this.#closed.promise, late]);
    clearTimeout(timer);
  }

  #end(sentence: string): void {
    const error = this.error(sentence);
    this.#opened.reject(error);
    this.#over.abort(error);
    if (this.#socket.readyState < WebSocket.CLOSING) this.#socket.close();
  }

  #receive(data: unknown): void {
    if (this.signal.aborted || typeof data !== "string") return;
    if (data.length > LONGEST_MESSAGE) return this.#end("has sent too long a message");
    this.traffic.received += Buffer.byteLength(data);
    let message: unknown;
    try {
      message = JSON.parse(data);
    } catch {
      return this.#end("has sent what is not JSON");
    }
    if (!Array.isArray(message)) return;
    const [verb, about] = message;
    if (typeof about !== "string") return; // what an object says of itself as text may be an error
    if (verb === "NOTICE") this.onNotice(about);
    else this.#listeners.get(keyOf(verb, about))?.hear(message);
  }
}

/** What a message is about: `REQ id`, `EVENT id` or `NEG id`. */
function keyOf(verb: unknown, id: string): string {
  switch (verb) {
    case "OK":
      return `EVENT ${id}`;
    case "NEG-MSG":
    case "NEG-ERR":
      return `NEG ${id}`;
    default: // EVENT, EOSE, CLOSED
      return `REQ ${id}`;
  }
}
