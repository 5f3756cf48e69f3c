import type { Config } from "./config/schema.ts";
import { version } from "./config/version.ts";
import { Discovery } from "./management/discovery.ts";
import { logger } from "./observe/logging.ts";
import type { Oversight, OversightParts } from "./oversight.ts";
import { relayInfo } from "./protocol/relay_info.ts";

/** Joins `[discovery]` to the relay's key, its document and the store; undefined when that is off. */
export function createDiscovery(
  { discovery, info, limits }: Config,
  oversight: Oversight,
  { repository, publish, stopped, now }: Omit<OversightParts, "cutOff">,
): Discovery | undefined {
  const { key } = oversight;
  const { relay_url: relayUrl } = info;
  if (!discovery.enabled || !key || relayUrl === undefined) return undefined;
  const { event_kind_allowlist: allowed = [], event_kind_blacklist: refused = [] } = limits;
  const configured: [number, boolean][] = [
    ...allowed.map((kind): [number, boolean] => [kind, true]),
    ...refused.map((kind): [number, boolean] => [kind, false]),
  ];
  const settled = () =>
    Array.from(oversight.lists.settledKinds, ([kind, ok]): [number, boolean] => [Number(kind), ok]);
  return new Discovery({
    key,
    repository,
    publish,
    info: () => relayInfo(oversight.facts, version),
    facts: () => ({
      relayUrl,
      relayType: discovery.relay_type,
      topics: discovery.topics,
      geohash: discovery.geohash,
      kinds: new Map([...configured, ...settled()]),
    }),
    interval: discovery.interval_seconds,
    failed: (error) => logger("management").error("could not publish what this relay is: {error}", { error }),
    signal: stopped,
    now,
  });
}
