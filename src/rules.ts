import type { Config } from "./config/schema.ts";
import type { Rules } from "./handler/session.ts";
export function createRules(config: Config, now: () => number): Rules {
  const { limits } = config;
  return { eventSize() {}, event() {}, request: (f) => f.map((x) => ({ ...x, limit: Math.min(x.limit ?? 500, 5000) })), count: (f) => f, subscriptionId() {}, filter: {}, requestRate: () => () => {}, maxSubscriptions: limits.max_subscriptions, maxHeld: limits.broadcast_buffer, authentication: true };
}
