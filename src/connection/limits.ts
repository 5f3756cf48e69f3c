import { Buffer } from "node:buffer";

export interface ConnectionLimits {
  /** `limits.max_ws_message_bytes` */
  readonly maxMessageBytes: number;
  /** `limits.max_conn_idle_seconds` */
  readonly maxIdleSeconds: number;
  /** `limits.max_send_queue`: live events waiting behind a full socket. */
  readonly maxSendQueue: number;
  /** `limits.max_pending_bytes` */
  readonly maxPendingBytes: number;
  /** The relay's URL for NIP-42, when it is configured. */
  readonly relayUrl: string | undefined;
}

/** What is wrong with the size of a message, if anything is. */
export function sizeComplaint(text: string, most: number): string | undefined {
  if (text.length * 3 <= most) return undefined; // UTF-8 takes at most three bytes for a UTF-16 unit
  const bytes = Buffer.byteLength(text);
  if (bytes <= most) return undefined;
  const [has, accepted] = [bytes, most].map((number) => number.toLocaleString("en-US"));
  return `invalid: the message has ${has} bytes; at most ${accepted} are accepted`;
}
