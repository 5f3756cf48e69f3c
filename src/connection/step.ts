import type { QueryResult } from "../handler/session.ts";
import type { Subscription } from "../subscription/subscription.ts";

/**
 * All that can happen on a connection, in the order of its channels: what stops it comes first, what
 * makes new work last.
 */
export type Step =
  | { readonly type: "shutdown" }
  | { readonly type: "idle" }
  | { readonly type: "reply"; readonly frame: string }
  | { readonly type: "result"; readonly result: QueryResult }
  | { readonly type: "live"; readonly subscription: Subscription; readonly json: string }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "unreadable"; readonly complaint: string };

type Of<Type extends Step["type"]> = Extract<Step, { type: Type }>;

export type Control = Of<"shutdown" | "idle">;
export type Reply = Of<"reply">;
export type Result = Of<"result">;
export type Live = Of<"live">;
export type Incoming = Of<"text" | "unreadable">;
