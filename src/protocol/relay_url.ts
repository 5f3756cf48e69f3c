/**
 * Whether a NIP-42 `relay` tag means this relay. `expected` is either the relay's full URL, as the operator
 * configured it, or only a host, as the request named it. NIP-42 allows normalization: the scheme does
 * not count (a proxy may end TLS), nor a trailing slash, nor a default port.
 */
export function isThisRelay(tag: string, expected: string): boolean {
  const given = parse(tag);
  const own = parse(expected.includes("://") ? expected : `ws://${expected}`);
  if (!given || !own || given.host !== own.host) return false;
  return !expected.includes("://") || given.path === own.path;
}

function parse(text: string): { host: string; path: string } | undefined {
  if (!/^wss?:\/\//i.test(text)) return undefined;
  const url = URL.parse(text);
  if (!url) return undefined;
  const port = url.port === "80" || url.port === "443" ? "" : url.port;
  // The look back keeps a client's million slashes from being tried from each of them.
  return { host: `${url.hostname}:${port}`, path: url.pathname.replace(/(?<!\/)\/+$/, "") };
}
