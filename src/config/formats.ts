import { isIP, isIPv6 } from "node:net";
import { MAX_DIFFICULTY } from "../protocol/difficulty.ts";
import { readFilter } from "../protocol/filter.ts";
import { isHex64 } from "../protocol/hex.ts";
import { MAX_KIND } from "../protocol/kind.ts";
import { isDomain, isLocalPart } from "../protocol/nip05.ts";
import { isServerUrl, SERVER_URL } from "./database.ts";
import { isTable, oneOf, record, type Shape, shape, string, whole } from "./shape.ts";

/** The longest that a timer can wait, 2^31 - 1 ms, in seconds: a longer one would fire at once. */
export const LONGEST_TIMER_SECONDS = 2_147_483;

export const text = string("some text", (given) => given.trim() !== "");
export const path = string("a path", (given) => given.trim() !== "" && !given.includes("://"));
export const webUrl = url(["http:", "https:"], "an http:// or https:// URL");
export const relayUrl = url(["ws:", "wss:"], "a ws:// or wss:// URL");
export const pubkey = string("a public key of 64 lowercase hex digits", isHex64);
export const secretKey = string("a secret key of 64 lowercase hex digits", isHex64);
export const localPart = string("names of a-z, 0-9, -, _ and .", isLocalPart);
export const relayType = string(
  "a type of relay such as PublicOutbox",
  (given) => /^([A-Z][a-zA-Z0-9]*)$/.test(given),
);
export const geohash = string(
  "a geohash of 1 to 12 characters",
  (given) => /^[0-9b-hjkmnp-z]{1,12}$/.test(given),
);
export const domain = string("a domain in lowercase", isDomain);
export const port = whole("", 0, 65_535);
export const kind = whole("", 0, MAX_KIND);
export const difficulty = whole("bits", 0, MAX_DIFFICULTY);
export const timer = whole("seconds", 1, LONGEST_TIMER_SECONDS);

/** A relay to be level with. */
export const mirror = record({
  url: relayUrl,
  filter: shape("a filter as NIP-01 has them", isFilter),
  dir: oneOf(["up", "down", "both"]),
}, ["url"]);

export const address = string(
  "an IP address or a host name",
  (given) => isIP(given) !== 0 || /^(?!-)[a-z\d-]+(\.[a-z\d-]+)*$/i.test(given),
);

export const network = string(
  "an IP address or a network such as 10.0.0.0/8",
  (given) => {
    const [base = "", bits, ...rest] = given.split("/");
    if (isIP(base) === 0 || base.includes("%") || rest.length > 0) return false;
    return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv6(base) ? 128 : 32));
  },
);

export const headerName = string(
  "the name of an HTTP header, such as x-forwarded-for",
  (given) => /^[\w!#$%&'*+.^`|~-]+$/.test(given),
);

/** HTTP paths that already mean something. */
const TAKEN_PATHS: readonly string[] = ["/health", "/metrics", "/favicon.ico", "/.well-known/nostr.json"];

export const endpoint = string(
  `a path that starts with / and is not ${TAKEN_PATHS.join(", ")}`,
  (given) => /^\/[\w\-.~!$&'()*+,;=:@%/]*$/.test(given) && !TAKEN_PATHS.includes(given),
);

export const fileMode = string(
  'a file\'s mode as text of three octal digits, such as "660"',
  (given) => /^0?[0-7]{3}$/.test(given),
);

export const fileName = string(
  "the beginning of a file name: no slashes",
  (given) => given !== "" && !/[/\\]/.test(given),
);

export const connection = string(
  `sqlite:DIR, memory: or ${SERVER_URL}`,
  (given) => /^(sqlite:.+|memory:)$/s.test(given) || isServerUrl(given),
);

export const server = string(SERVER_URL, isServerUrl);

function url(protocols: readonly string[], expected: string): Shape<string> {
  return string(expected, (given) => URL.canParse(given) && protocols.includes(new URL(given).protocol));
}

function isFilter(given: unknown): given is Readonly<Record<string, unknown>> {
  try {
    readFilter(given, { andTags: true });
    return isTable(given);
  } catch {
    return false;
  }
}
