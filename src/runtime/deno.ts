import type { Socket, SocketEvents } from "../connection/socket.ts";
import type { Listen, Upgrade } from "./listener.ts";
import type { Runtime } from "./runtime.ts";

/** `Deno.serve` and its native WebSockets. Pings are Deno's own: `idleTimeout`. */
const listen: Listen = ({ address, port, pingSeconds, answer }) => {
  const server = Deno.serve({ hostname: address, port, onListen() {} }, (request, { remoteAddr }) => {
    const answered = answer(request, "hostname" in remoteAddr ? remoteAddr.hostname : "");
    return typeof answered === "function" ? upgrade(request, pingSeconds, answered) : answered;
  });
  const { hostname, port: bound } = server.addr as Deno.NetAddr;
  return { address: hostname, port: bound, stop: () => server.shutdown() };
};

function upgrade(request: Request, pingSeconds: number, open: Upgrade): Response {
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: pingSeconds });
  socket.binaryType = "arraybuffer";
  let events: SocketEvents | undefined;
  socket.onopen = () => events = open(new DenoSocket(socket));
  socket.onmessage = ({ data }) => events?.received(typeof data === "string" ? data : undefined);
  socket.onclose = ({ code }) => events?.closed(code);
  socket.onerror = () => {}; // a close follows
  return response;
}

class DenoSocket implements Socket {
  constructor(readonly socket: WebSocket) {}

  get buffered(): number {
    return this.socket.bufferedAmount;
  }

  send(frames: readonly string[]): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    for (const frame of frames) this.socket.send(frame);
  }

  close(code: number, reason: string): void {
    if (this.socket.readyState <= WebSocket.OPEN) this.socket.close(code, reason);
  }
}

export const runtime: Runtime = {
  name: `Deno ${Deno.version.deno}`,
  listen,
  mayRead: (path) => Deno.permissions.querySync({ name: "read", path }).state === "granted",
};
