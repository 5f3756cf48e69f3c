import type { Frames } from "../protocol/message.ts";

/** A WebSocket as every runtime can offer it; adapters in `runtime/` make one. */
export interface Socket {
  /** Sends text frames in order. On a socket that is closing or closed nothing happens. */
  send(frames: readonly string[]): void;
  /** The same where frames may be in UTF-8. Missing: the socket encodes text itself, and takes nothing else. */
  sendEncoded?(frames: Frames): void;
  /** Bytes handed over that the network has not taken yet. */
  readonly buffered: number;
  /** Starts the closing handshake, soon if not at once; the reason has at most 123 bytes (RFC 6455). */
  close(code: number, reason: string): void;
}

/** What an adapter reports of its socket. */
export interface SocketEvents {
  /** A whole message arrived; `undefined` stands for a binary one. */
  received(text: string | undefined): void;
  /** The socket is closed, by whichever side; nothing follows. */
  closed(code: number): void;
}

/** Who is at the other end, as the upgrade request told. */
export interface Peer {
  /** The address that limits count by; see `runtime/client_address.ts`. */
  readonly address: string;
  /** The `Host` header; empty when there was none. */
  readonly host: string;
  readonly userAgent: string | undefined;
}
