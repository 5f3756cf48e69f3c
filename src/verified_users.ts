import type { Config } from "./config/schema.ts";
import { Lookup } from "./identity/lookup.ts";
import { VerifiedUsers } from "./identity/verified_users.ts";
import type { Web } from "./identity/web.ts";
import type { RecordBook } from "./management/record_book.ts";
import { logger } from "./observe/logging.ts";

export interface VerifiedUsersParts {
  readonly book: RecordBook;
  readonly web: Web;
  /** Unix time in seconds. */
  readonly now: () => number;
  /** Aborts when the relay stops. */
  readonly stopped: AbortSignal;
}

/** Joins `[verified_users]` to the network and the store; undefined when that is off. */
export function createVerifiedUsers(
  { verified_users }: Config,
  { book, web, now, stopped }: VerifiedUsersParts,
): VerifiedUsers | undefined {
  const { mode, ...settings } = verified_users;
  if (mode === "disabled") return undefined;
  return new VerifiedUsers({
    mode,
    domainWhitelist: settings.domain_whitelist,
    domainBlacklist: settings.domain_blacklist,
    expiration: settings.verify_expiration_seconds,
    updateFrequency: settings.verify_update_frequency_seconds,
    maxConsecutiveFailures: settings.max_consecutive_failures,
    book,
    lookup: new Lookup({ web, stopped }),
    now,
    failed: (error) => {
      if (!stopped.aborted) logger("identity").error("could not verify a user: {error}", { error });
    },
  });
}
