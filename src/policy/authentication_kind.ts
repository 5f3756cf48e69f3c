import { AUTHENTICATION } from "../protocol/kind.ts";
import { Rejection } from "../protocol/reason.ts";
import type { EventRule } from "./rule.ts";

/** NIP-42: authentication events must reach no other client; who publishes one meant to authenticate. */
export const authenticationKind: EventRule = ({ kind }) => {
  if (kind === AUTHENTICATION) {
    throw new Rejection("invalid", "kind 22242 authenticates and is never published; send it as AUTH");
  }
};
