import type { Socket, SocketEvents } from "../connection/socket.ts";
import { UNIX_PEER } from "./client_address.ts";
import type { Listen, Upgrade } from "./listener.ts";
import { openLibc } from "./libc_deno.ts";
import type { Runtime } from "./runtime.ts";
import { type TcpConnection, TcpCork } from "./tcp_cork.ts";

const libc = openLibc();

/** One for the process, whose descriptors it knows; none where the system has no such thing. */
const cork = libc && new TcpCork(libc);

/** `Deno.serve` and its native WebSockets. Pings are Deno's own: `idleTimeout`. */
// deno-lint-ignore require-await -- a failure to listen rejects, as it does everywhere
const listen: Listen = async ({ place, pingSeconds, answer }) => {
  const stopped = new AbortController();
  const common = { signal: stopped.signal, onListen() {} };
  const handle = (request: Request, { remoteAddr }: Deno.ServeHandlerInfo) => {
    const peer = "hostname" in remoteAddr ? remoteAddr : undefined;
    const answered = answer(request, peer?.hostname ?? UNIX_PEER);
    return typeof answered === "function" ? upgrade(request, pingSeconds, answered, peer) : answered;
  };
  const server = "path" in place
    ? Deno.serve({ ...common, path: place.path }, handle)
    : Deno.serve({ ...common, hostname: place.address, port: place.port }, handle);
  const { addr } = server;
  const stop = () => {
    stopped.abort(); // `shutdown()` would wait for a request that never ends
    return server.finished;
  };
  return { place: "port" in addr ? { address: addr.hostname, port: addr.port } : place, stop };
};

/** Milliseconds between looks whether a client that is to be closed is still sending. */
const LOOK = 50;

/** Looks in a row that must find it quiet: the first may come late, and before what has arrived meanwhile. */
const QUIET_LOOKS = 2;

/** Most looks: less in all than a stop leaves clients for their goodbye. */
const MOST_LOOKS = 10;

function upgrade(request: Request, pingSeconds: number, open: Upgrade, peer?: Deno.NetAddr): Response {
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: pingSeconds });
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", () => new DenoSocket(socket, open, peer), { once: true });
  return response;
}

/** Listens itself: each function that does keeps another, and their surroundings, for as long as the socket is open. */
class DenoSocket implements Socket, EventListenerObject {
  readonly #events: SocketEvents;
  readonly #connection: TcpConnection | undefined;
  #heard = false;
  /** Waits for silence, once the socket is to be closed. */
  #closing: ReturnType<typeof setInterval> | undefined;

  /** @param peer Undefined on a Unix socket. */
  constructor(readonly socket: WebSocket, open: Upgrade, peer?: Deno.NetAddr) {
    this.#connection = peer && cork?.connection(this, peer);
    this.#events = open(this);
    for (const type of ["message", "close"]) socket.addEventListener(type, this);
  }

  handleEvent(event: MessageEvent | CloseEvent): void {
    if (event instanceof MessageEvent) {
      this.#heard = true;
      this.#events.received(typeof event.data === "string" ? event.data : undefined);
    } else {
      clearInterval(this.#closing);
      // Deno tells the end twice of a client that answered no ping, and keeps the socket of one that has vanished until it
      // would have been pinged.
      for (const type of ["message", "close"]) this.socket.removeEventListener(type, this);
      if (this.#connection) cork!.forget(this.#connection);
      this.#events.closed(event.wasClean ? event.code : 1006);
    }
  }

  get buffered(): number {
    return this.socket.bufferedAmount;
  }

  send(frames: readonly string[]): void {
    if (this.#closing !== undefined || this.socket.readyState !== WebSocket.OPEN) return;
    if (this.#connection && (frames.length > 1 || this.buffered > 0)) cork!.hold(this.#connection);
    for (const frame of frames) this.socket.send(frame);
  }

  /**
   * Waits for a moment of silence: once it is closing, Deno resets the connection at the next message, and what
   * the client was still to read is lost: answers, and why it was closed.
   */
  close(code: number, reason: string): void {
    if (this.socket.readyState > WebSocket.OPEN) return;
    let looks = 0, quiet = 0;
    this.#closing ??= setInterval(() => {
      quiet = this.#heard ? 0 : quiet + 1;
      this.#heard = false;
      if (quiet < QUIET_LOOKS && ++looks < MOST_LOOKS) return;
      clearInterval(this.#closing);
      this.socket.close(code, reason);
    }, LOOK);
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
