import type { Socket, SocketEvents } from "../connection/socket.ts";
import type { Listen, Upgrade } from "./listener.ts";
import type { Runtime } from "./runtime.ts";

/** `Deno.serve` and its native WebSockets. Pings are Deno's own: `idleTimeout`. */
// deno-lint-ignore require-await -- a failure to listen rejects, as it does everywhere
const listen: Listen = async ({ address, port, pingSeconds, answer }) => {
  const stopped = new AbortController();
  const options = { hostname: address, port, signal: stopped.signal, onListen() {} };
  const server = Deno.serve(options, (request, { remoteAddr }) => {
    const answered = answer(request, "hostname" in remoteAddr ? remoteAddr.hostname : "");
    return typeof answered === "function" ? upgrade(request, pingSeconds, answered) : answered;
  });
  const { hostname, port: bound } = server.addr as Deno.NetAddr;
  const stop = () => {
    stopped.abort(); // `shutdown()` would wait for a request that never ends
    return server.finished;
  };
  return { address: hostname, port: bound, stop };
};

function upgrade(request: Request, pingSeconds: number, open: Upgrade): Response {
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: pingSeconds });
  socket.binaryType = "arraybuffer";
  let events: SocketEvents | undefined;
  let lost = false;
  socket.onopen = () => events = open(new DenoSocket(socket));
  socket.onmessage = ({ data }) => events?.received(typeof data === "string" ? data : undefined);
  socket.onerror = () => lost = true; // a close follows, with the code of one that was agreed on
  socket.onclose = ({ code }) => events?.closed(lost ? 1006 : code);
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

const mayRead = (path: string) => Deno.permissions.querySync({ name: "read", path }).state === "granted";

export const runtime: Runtime = {
  name: `Deno ${Deno.version.deno}`,
  listen,
  hasWs: true,
  mayRead,
  // A thread's script is read from its file, which takes this permission.
  hasThreads: typeof Worker === "function" && (!import.meta.dirname || mayRead(import.meta.dirname)),
};
