import type { Levelling, Tally } from "../sync/levelling.ts";
import type { RemoteRelay } from "../sync/remote_relay.ts";

/** Fates in which both sides have what they may have. */
const WELL = [
  "stored",
  "accepted",
  "duplicate",
  "superseded",
  "deleted",
  "vanished",
  "expired",
  "kept back",
  "for other relays",
];

/** What comparing has told, and cost. */
export function found({ comparison: { lackedHere, lackedThere, rounds }, compared }: Levelling): string {
  return `We lack ${number(lackedHere.size)} events, the relay lacks ${number(lackedThere.size)}: ` +
    `found out with ${number(compared)} bytes in ${number(rounds)} round${rounds === 1 ? "" : "s"}.`;
}

/** What became of the events that we lacked, a line each; empty when there were none. */
export const received = ({ received }: Levelling): string => lines("Received:", received);

/** What became of the events that the relay lacked. */
export const sent = ({ sent }: Levelling): string => lines("Sent:", sent);

export function traffic({ traffic }: RemoteRelay): string {
  return `${number(traffic.received)} bytes received, ${number(traffic.sent)} sent, comparing included.`;
}

/** Whether all that was lacking is where it should be, or may not be there: replaced, deleted or expired. */
export function isLevel({ received, sent }: Levelling): boolean {
  return [...received.keys(), ...sent.keys()].every((fate) => WELL.includes(fate));
}

function lines(title: string, tally: Tally): string {
  if (tally.size === 0) return "";
  const most = [...tally].sort(([, a], [, b]) => b - a);
  return [title, ...most.map(([fate, count]) => `${number(count).padStart(13)}  ${fate}`)].join("\n");
}

const number = (value: number): string => value.toLocaleString("en");
