/** NIP-01: what a relay keeps of an event follows from the range that its kind is in. */
export type KindClass = "regular" | "replaceable" | "ephemeral" | "addressable";

/** NIP-01: a kind is an integer between 0 and 65535. */
export const MAX_KIND = 65_535;

export const PROFILE = 0; // NIP-01
export const DELETION = 5; // NIP-09
export const REPOST = 6; // NIP-18
export const GENERIC_REPOST = 16; // NIP-18
export const VANISH = 62; // NIP-62
export const GIFT_WRAP = 1_059; // NIP-59
export const REPORT = 1_984; // NIP-56
export const AUTHENTICATION = 22_242; // NIP-42
export const INVITE = 28_935; // NIP-43, as are the six below
export const JOIN_REQUEST = 28_934;
export const LEAVE_REQUEST = 28_936;
export const MEMBERS = 13_534;
export const MEMBER_ADDED = 8_000;
export const MEMBER_REMOVED = 8_001;
export const ROLE = 33_534;
export const RELAY_DISCOVERY = 30_166; // NIP-66
export const HTTP_AUTH = 27_235; // NIP-98

/** Kinds outside every range of NIP-01 (such as 45 to 999, or above 39999) are kept as regular. */
export function kindClass(kind: number): KindClass {
  if (kind === 0 || kind === 3 || (kind >= 10_000 && kind < 20_000)) return "replaceable";
  if (kind >= 20_000 && kind < 30_000) return "ephemeral";
  if (kind >= 30_000 && kind < 40_000) return "addressable";
  return "regular";
}
