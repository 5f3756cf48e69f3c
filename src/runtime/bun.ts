import type { Socket, SocketEvents } from "../connection/socket.ts";
import { bun, type BunWebSocket } from "./bun_api.ts";
import { UNIX_PEER } from "./client_address.ts";
import type { Listen, Upgrade } from "./listener.ts";
import type { Runtime } from "./runtime.ts";

/** `Bun.serve` and its WebSockets. Pings are Bun's own: they go out within `idleTimeout`. */
// deno-lint-ignore require-await -- a failure to listen rejects, as it does everywhere
const listen: Listen = async ({ place, pingSeconds, hardMessageBytes, answer }) => {
  const isUnix = "path" in place;
  const server = bun.serve<SocketData>({
    ...(isUnix ? { unix: place.path } : { hostname: place.address, port: place.port }),
    fetch(request, server) {
      const answered = answer(request, isUnix ? UNIX_PEER : server.requestIP(request)?.address ?? "");
      if (typeof answered !== "function") return answered;
      if (server.upgrade(request, { data: { open: answered } })) return undefined;
      return new Response("This is not a WebSocket handshake.\n", { status: 400 });
    },
    websocket: {
      idleTimeout: Math.min(pingSeconds, MAX_IDLE_SECONDS),
      sendPings: true,
      maxPayloadLength: hardMessageBytes,
      backpressureLimit: 2 ** 31 - 1, // the most; the outbox keeps a lower one
      closeOnBackpressureLimit: false,
      open(socket) {
        const { data } = socket;
        data.events = data.open!(new BunSocket(socket));
        data.open = undefined; // it would keep its surroundings
      },
      message(socket, message) {
        socket.data.events?.received(typeof message === "string" ? message : undefined);
      },
      close(socket, code) {
        socket.data.events?.closed(code);
      },
    },
  });
  const { hostname, port } = server;
  return { place: isUnix ? place : { address: hostname!, port: port! }, stop: () => server.stop(true) };
};

/** The longest that Bun's timer for pings can count. */
const MAX_IDLE_SECONDS = 960;

interface SocketData {
  open: Upgrade | undefined;
  events?: SocketEvents;
}

class BunSocket implements Socket {
  constructor(readonly socket: BunWebSocket<SocketData>) {}

  get buffered(): number {
    return this.socket.getBufferedAmount();
  }

  /** All frames leave in one write. Joined to one text they would keep each other in memory, three times as much. */
  send(frames: readonly string[]): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    if (frames.length === 1) return void this.socket.sendText(frames[0]!);
    this.socket.cork(() => {
      for (const frame of frames) this.socket.sendText(frame);
    });
  }

  /**
   * A close frame would wait behind what the client has not read, and Bun would hold all of it for as long
   * as the client likes, out of reach even of `terminate`: such a client is cut off.
   */
  close(code: number, reason: string): void {
    if (this.socket.readyState > WebSocket.OPEN) return;
    if (this.socket.getBufferedAmount() > 0) this.socket.terminate();
    else this.socket.close(code, reason);
  }
}

export const runtime: Runtime = {
  name: `Bun ${bun.version}`,
  listen,
  hasWs: false,
  mayRead: () => true,
  hasThreads: true,
};
