/**
 * The part of Bun's API that `bun.ts` uses, written down because Bun's own type declarations and Deno's
 * can't be loaded together.
 */
export interface BunApi {
  readonly version: string;
  serve<Data>(options: {
    hostname?: string;
    port?: number;
    unix?: string;
    fetch(request: Request, server: BunServer<Data>): MaybePromise<Response | undefined>;
    websocket: BunWebSocketOptions<Data>;
  }): BunServer<Data>;
}

export interface BunServer<Data> {
  /** This and the port are undefined on a Unix socket. */
  readonly hostname: string | undefined;
  readonly port: number | undefined;
  requestIP(request: Request): { readonly address: string } | null;
  /** Answers false when the request is no valid handshake. */
  upgrade(request: Request, options: { data: Data }): boolean;
  /** Accepts no more; resolves when the open connections are gone, or at once with `true`, which closes them. */
  stop(closeActiveConnections?: boolean): Promise<void>;
}

export interface BunWebSocketOptions<Data> {
  /** Seconds, 0 to 960. */
  idleTimeout: number;
  sendPings: boolean;
  maxPayloadLength: number;
  backpressureLimit: number;
  closeOnBackpressureLimit: boolean;
  open(socket: BunWebSocket<Data>): void;
  message(socket: BunWebSocket<Data>, message: string | Uint8Array): void;
  close(socket: BunWebSocket<Data>, code: number): void;
}

export interface BunWebSocket<Data> {
  readonly data: Data;
  readonly readyState: number;
  sendText(text: string): number;
  getBufferedAmount(): number;
  /** Gathers what is sent within into one write. */
  cork(send: () => void): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

type MaybePromise<T> = T | Promise<T>;

export const bun = (globalThis as unknown as { readonly Bun: BunApi }).Bun;
