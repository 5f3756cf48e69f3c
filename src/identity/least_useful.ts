import { domainOf } from "../protocol/nip05.ts";
import { siteOf } from "./site.ts";

/** What is remembered of a user, as far as it tells how useful that is. */
export interface Remembered {
  readonly identifier: string;
  /** In seconds. */
  readonly verifiedAt: number;
}

/**
 * So many users whom a relay can do without best, the least useful first: those whose verification is good no more,
 * then those of the site that has most, so that who confirms names without number pays for it himself; of equals those
 * who were verified longest ago.
 */
export function leastUseful<User extends Remembered>(
  users: ReadonlyMap<string, User>,
  { isGood, most }: { readonly isGood: (user: User) => boolean; readonly most: number },
): string[] {
  const sizes = new Map<string, number>();
  const all = [...users].map(([pubkey, user]) => {
    const site = isGood(user) ? siteOf(domainOf(user.identifier)) : undefined;
    if (site !== undefined) sizes.set(site, 1 + (sizes.get(site) ?? 0));
    return { pubkey, site, verifiedAt: user.verifiedAt };
  });
  const ranked = all.map(({ site, ...user }) => ({
    ...user,
    crowd: site === undefined ? Infinity : sizes.get(site)!,
  }));
  ranked.sort((a, b) => a.crowd === b.crowd ? a.verifiedAt - b.verifiedAt : b.crowd - a.crowd);
  return ranked.slice(0, most).map(({ pubkey }) => pubkey);
}
