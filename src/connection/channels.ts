import type { QueryResult } from "../handler/session.ts";
import { Channel } from "../flow/channel.ts";
import { sizeComplaint } from "./limits.ts";
import { type Passage, Shortcut } from "../flow/shortcut.ts";
import type { Subscription } from "../subscription/subscription.ts";

/** All that can happen in a conversation. */
export type Step =
  | { readonly type: "shutdown" }
  | { readonly type: "idle" }
  /** The client has been quiet for a while. */
  | { readonly type: "rest" }
  /** The answer to one in flight; undefined when it needs none any more. */
  | { readonly type: "reply"; readonly frame: string | undefined }
  | { readonly type: "result"; readonly result: QueryResult }
  | { readonly type: "live"; readonly subscription: Subscription; readonly json: string }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "unreadable"; readonly complaint: string };

export type Of<Type extends Step["type"]> = Extract<Step, { readonly type: Type }>;

/** EVENTs, COUNTs and NIP-77's messages of one connection under way at once: its share of the relay's intake. */
export const MAX_IN_FLIGHT = 512;

/** Ends of exchanges (NIP-77) whose client has gone quiet: as many as may be configured to be open. */
const MAX_QUIET = 64;

/** Unread messages of one connection, in bytes. Neither runtime can stop a native socket from reading. */
const MAX_INBOX_BYTES = 8 * 1024 * 1024;

/** What an unread message costs beside its text. */
const MESSAGE_OVERHEAD = 100;

/** Stored queries of one connection that run at once: one reads while the other's page is sent. */
export const MAX_QUERIES = 2;

/** Pages of stored events that wait for the client; their queries wait with them. */
const MAX_RESULTS = 2;

/** What waits in a conversation to be answered or sent, all of it bounded. */
export class Channels {
  readonly control = new Channel<Of<"shutdown" | "idle" | "rest">>(8);
  /** Answers of what is in flight, each of which has its place here. */
  readonly replies = new Channel<Of<"reply">>(MAX_IN_FLIGHT + MAX_QUIET);
  readonly results = new Channel<Of<"result">>(MAX_RESULTS);

  /** @param live The connection's live events, which wait here while there is a conversation; and so with its `inbox`. */
  constructor(readonly live: LiveEvents, readonly inbox: Inbox) {}

  get empty(): boolean {
    const { control, replies, results, live, inbox } = this;
    return control.size + replies.size + results.size + live.size + inbox.size === 0;
  }
}

const BINARY = "invalid: messages are text; binary ones are not understood";

/** Unread messages. */
export class Inbox extends Channel<Of<"text" | "unreadable">> {
  constructor() {
    super(MAX_INBOX_BYTES, messageBytes);
  }

  /**
   * Adds a message; `undefined` stands for a binary one. Answers false when there is no room for it.
   * @param mostBytes Of a message that can be read.
   */
  hear(text: string | undefined, mostBytes: number): boolean {
    if (text === undefined) return this.push({ type: "unreadable", complaint: BINARY });
    const complaint = sizeComplaint(text, mostBytes);
    return this.push(complaint === undefined ? { type: "text", text } : { type: "unreadable", complaint });
  }
}

const messageBytes = (message: Of<"text" | "unreadable">): number =>
  MESSAGE_OVERHEAD + (message.type === "text" ? message.text.length : 0);

/** Live events that are to be sent to a client: past the conversation while that sleeps, or where there is none. */
export type LiveEvents = Shortcut<Of<"live">>;

/** @param most Characters of JSON that wait, which is shared with other connections. */
export const liveEvents = (passage: Passage<Of<"live">>, most: number): LiveEvents =>
  new Shortcut(passage, most, liveBytes);

const liveBytes = ({ json }: Of<"live">): number => json.length;
