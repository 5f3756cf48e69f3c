import { Rejection } from "../protocol/reason.ts";
import { characters, exceeds, figure } from "./figures.ts";
import type { EventRule } from "./rule.ts";

/** NIP-11 `max_content_length`: in Unicode characters. */
export function maxContent(most: number): EventRule {
  return ({ content }) => {
    if (exceeds(content, most)) {
      const has = figure(characters(content));
      throw new Rejection("invalid", `content has ${has} characters; at most ${figure(most)} are accepted`);
    }
  };
}
