import { Rejection } from "../protocol/reason.ts";
import { characters, exceeds, figure } from "./figures.ts";

/** NIP-01: a subscription id is not empty; NIP-11 `max_subid_length`: at most so many characters. */
export function subscriptionId(most: number): (id: string) => void {
  return (id) => {
    if (id === "") throw new Rejection("invalid", "a subscription id must not be empty");
    if (exceeds(id, most)) {
      throw new Rejection(
        "invalid",
        `the subscription id has ${figure(characters(id))} characters; at most ${figure(most)} are accepted`,
      );
    }
  };
}
