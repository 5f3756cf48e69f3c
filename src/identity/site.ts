/** Below two-letter domains, what registries sell names under, as in `co.uk`. */
const REGISTRIES = new Set(["ac", "co", "com", "edu", "go", "gob", "gov", "ne", "net", "or", "org"]);

/**
 * The domain that somebody has registered, under which any number of names is theirs. Of registries that are not known
 * here, or of hosts that give names away, all are taken for one.
 */
export function siteOf(domain: string): string {
  const labels = domain.split(".");
  const [second = "", top = ""] = labels.slice(-2);
  return labels.slice(top.length === 2 && REGISTRIES.has(second) ? -3 : -2).join(".");
}
