import { Rejection } from "../protocol/reason.ts";
import { figure } from "./figures.ts";

/** `limits.max_event_bytes`, on the UTF-8 length of an event; before anything of it is looked at. */
export function eventSize(most: number): (bytes: number) => void {
  return (bytes) => {
    if (bytes > most) {
      throw new Rejection(
        "invalid",
        `the event has ${figure(bytes)} bytes; at most ${figure(most)} are accepted`,
      );
    }
  };
}
