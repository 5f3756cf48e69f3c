import { authenticationKind } from "./authentication_kind.ts";
import { onlyAuthors } from "./authors.ts";
import { createdAt } from "./created_at.ts";
import { expiration } from "./expiration.ts";
import { exceptKinds, onlyKinds } from "./kinds.ts";
import { maxContent } from "./max_content.ts";
import { maxTags } from "./max_tags.ts";
import { exceptRequests, type Membership, membersOnly } from "./membership.ts";
import { allowedAuthors, bans, type Moderation, settledKinds } from "./moderation.ts";
import { pow } from "./pow.ts";
import { embeddedProtected, protectedEvents } from "./protected.ts";
import type { EventRule } from "./rule.ts";
import { vanish, type VanishOptions } from "./vanish.ts";

/** What the configuration says of events; a limit or list that is undefined does not exist. */
export interface EventRuleOptions {
  /** What operators settle while the relay runs. */
  readonly moderation?: Moderation;
  /** NIP-43: only members may publish, whom operators' lists and `pubkeyWhitelist` name. */
  readonly members?: Membership | undefined;
  readonly maxFutureSeconds?: number;
  readonly kindAllowlist?: readonly number[];
  readonly kindBlacklist?: readonly number[];
  readonly pubkeyWhitelist?: readonly string[];
  /** Leading zero bits; 0 asks for none. */
  readonly minPowDifficulty?: number;
  /** Goes before `minPowDifficulty`, for these kinds. */
  readonly minPowDifficultyByKind?: Readonly<Record<string, number | undefined>>;
  readonly maxEventTags?: number;
  /** Unicode characters. */
  readonly maxContentLength?: number;
  /** Whether clients can authenticate. */
  readonly nip42: boolean;
  /** Unix time in seconds. */
  readonly now: () => number;
}

/** All rules for an event whose size, shape, id and signature are right; the first that it breaks is told. */
export function eventRules(options: EventRuleOptions): EventRule {
  const { moderation, members, now, maxFutureSeconds, kindAllowlist, kindBlacklist, pubkeyWhitelist } =
    options;
  const { minPowDifficulty = 0, minPowDifficultyByKind = {}, maxEventTags, maxContentLength } = options;
  const work = { difficulty: minPowDifficulty, byKind: minPowDifficultyByKind };
  const listedKinds = all([given(kindAllowlist, onlyKinds), given(kindBlacklist, exceptKinds)]);
  const kinds = members ? exceptRequests(listedKinds) : listedKinds;
  const listed = given(pubkeyWhitelist, onlyAuthors);
  const authors = members ? membersOnly(members) : moderation ? allowedAuthors(moderation, listed) : listed;
  const rules = [
    given(moderation, bans),
    given(maxFutureSeconds, (most) => createdAt(most, now)),
    expiration(now),
    authenticationKind,
    protectedEvents(options),
    embeddedProtected,
    moderation ? settledKinds(moderation, kinds) : kinds,
    authors,
    pow(work),
    given(maxEventTags, maxTags),
    given(maxContentLength, maxContent),
  ];
  return all(rules);
}

type VanishRuleOptions = VanishOptions & Pick<EventRuleOptions, "maxFutureSeconds" | "now">;

/** What a request to vanish (NIP-62) must keep to, from whomever it comes. */
export function vanishRules({ maxFutureSeconds, now, ...options }: VanishRuleOptions): EventRule {
  return all([
    given(maxFutureSeconds, (most) => createdAt(most, now)),
    protectedEvents(options),
    vanish(options),
  ]);
}

const all = (rules: readonly (EventRule | undefined)[]): EventRule => {
  const existing = rules.filter((rule) => rule !== undefined);
  return (event, client) => {
    for (const rule of existing) rule(event, client);
  };
};

function given<Value>(value: Value | undefined, rule: (value: Value) => EventRule): EventRule | undefined {
  return value === undefined ? undefined : rule(value);
}
