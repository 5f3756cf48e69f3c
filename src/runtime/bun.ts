import type { Socket, SocketEvents } from "../connection/socket.ts";
import { bun, type BunWebSocket } from "./bun_api.ts";
import type { Listen, Upgrade } from "./listener.ts";
import type { Runtime } from "./runtime.ts";

/** `Bun.serve` and its WebSockets. Pings are Bun's own: they go out within `idleTimeout`. */
const listen: Listen = ({ address, port, pingSeconds, hardMessageBytes, answer }) => {
  const server = bun.serve<SocketData>({
    hostname: address,
    port,
    fetch(request, server) {
      const answered = answer(request, server.requestIP(request)?.address ?? "");
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
        socket.data.events = socket.data.open(new BunSocket(socket));
      },
      message(socket, message) {
        socket.data.events?.received(typeof message === "string" ? message : undefined);
      },
      close(socket, code) {
        socket.data.events?.closed(code);
      },
    },
  });
  return { address: server.hostname, port: server.port, stop: () => server.stop() };
};

/** The longest that Bun's timer for pings can count. */
const MAX_IDLE_SECONDS = 960;

interface SocketData {
  readonly open: Upgrade;
  events?: SocketEvents;
}

class BunSocket implements Socket {
  constructor(readonly socket: BunWebSocket<SocketData>) {}

  get buffered(): number {
    return this.socket.getBufferedAmount();
  }

  /** All frames leave in one write. */
  send(frames: readonly string[]): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.socket.cork(() => {
      for (const frame of frames) this.socket.sendText(frame);
    });
  }

  close(code: number, reason: string): void {
    if (this.socket.readyState <= WebSocket.OPEN) this.socket.close(code, reason);
  }
}

export const runtime: Runtime = { name: `Bun ${bun.version}`, listen, mayRead: () => true };
