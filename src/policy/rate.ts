import { TokenBucket } from "../flow/token_bucket.ts";
import { Rejection } from "../protocol/reason.ts";
import { duration, figure } from "./figures.ts";

/** Takes a token. @throws {Rejection} `rate-limited` when there is none. */
export type Rate = () => void;

/**
 * `limits.messages_per_sec`: events a second, of all clients together; make one for the server.
 * @param now A clock in milliseconds.
 */
export function eventRate(perSecond: number, now: () => number): Rate {
  const bucket = new TokenBucket(perSecond, perSecond, now);
  return () => {
    const wait = bucket.take();
    if (wait > 0) {
      throw new Rejection(
        "rate-limited",
        `this relay accepts ${figure(perSecond)} events a second; try again in ${duration(wait)}`,
      );
    }
  };
}

/**
 * `limits.subscriptions_per_min`: REQs and COUNTs a minute; make one for each connection.
 * @param now A clock in milliseconds.
 */
export function subscriptionRate(perMinute: number, now: () => number): Rate {
  const bucket = new TokenBucket(perMinute, perMinute / 60, now);
  return () => {
    const wait = bucket.take();
    if (wait > 0) {
      throw new Rejection(
        "rate-limited",
        `a connection may ask ${figure(perMinute)} times a minute; try again in ${duration(wait)}`,
      );
    }
  };
}
