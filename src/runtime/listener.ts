import type { Socket, SocketEvents } from "../connection/socket.ts";

/** What the relay needs of an HTTP server; `deno.ts`, `bun.ts` and `ws.ts` each offer one. Rejects when the address can't be had. */
export type Listen = (options: ListenOptions) => Promise<Listening>;

/** Where to listen. */
export type Place = TcpPlace | UnixPlace;

export interface TcpPlace {
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
}

/** A Unix socket. */
export interface UnixPlace {
  readonly path: string;
}

export interface ListenOptions {
  readonly place: Place;
  /** Seconds between pings; a client that does not answer one is disconnected. */
  readonly pingSeconds: number;
  /** A message above this many bytes closes its socket, where the runtime can tell before it has it all. */
  readonly hardMessageBytes: number;
  /** Answers a plain request, or takes up the socket of one that asks for an upgrade. */
  /** `peerAddress` is `UNIX_PEER` on a Unix socket. */
  readonly answer: (request: Request, peerAddress: string) => Response | Promise<Response> | Upgrade;
}

/** Called with the socket once it is open; gives whom to tell of what happens on it. */
export type Upgrade = (socket: Socket) => SocketEvents;

export interface Listening {
  /** With the port that it came to be. */
  readonly place: Place;
  /** Closes the port, and at once every connection that is left, however its client behaves. */
  stop(): Promise<void>;
}
