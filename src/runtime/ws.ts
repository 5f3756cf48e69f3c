import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Socket } from "../connection/socket.ts";
import type { Frames } from "../protocol/message.ts";
import { UNIX_PEER } from "./client_address.ts";
import type { Listen, ListenOptions, Upgrade } from "./listener.ts";
import { textFrames } from "./ws_frames.ts";

export interface WsOptions {
  /** `network.compression`: permessage-deflate (RFC 7692) for clients that offer it. */
  readonly compression: boolean;
}

/**
 * The `ws` package on `node:http`. Beside Deno's native server it writes many frames at once, stops reading
 * an oversize message while it comes in, can compress, and can cut off a client that does not read.
 */
export const listenWithWs = ({ compression }: WsOptions): Listen => async (options) => {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: options.hardMessageBytes,
    perMessageDeflate: compression && { threshold: 1024 },
  });
  const server = createServer((request, response) => void respond(request, response, options));
  server.on("upgrade", (request, stream, head) => {
    stream.on("error", () => stream.destroy()); // before the handshake nobody else listens
    const answered = answerTo(request, options);
    if (typeof answered !== "function") return void refuse(stream, answered);
    sockets.handleUpgrade(request, stream, head, (socket) => attach(socket, stream, answered));
  });
  const pings = setInterval(() => pingAll(sockets), options.pingSeconds * 1000);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    if ("path" in options.place) server.listen(options.place.path, resolve);
    else server.listen(options.place.port, options.place.address, resolve);
  });
  const stop = () =>
    new Promise<void>((resolve) => {
      clearInterval(pings);
      server.close(() => resolve()); // when the last connection is gone
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
    });
  return { place: "path" in options.place ? options.place : server.address() as AddressInfo, stop };
};

function attach(socket: WebSocket, stream: Duplex, open: Upgrade): void {
  // Where permessage-deflate was agreed on, only `ws` itself can send.
  const events = open(
    socket.extensions === "" ? new PlainSocket(socket, stream) : new WsSocket(socket, stream),
  );
  alive.add(socket);
  socket.on("message", (data, isBinary) => events.received(isBinary ? undefined : data.toString()));
  socket.on("pong", () => alive.add(socket));
  socket.on("close", (code) => events.closed(code));
  socket.on("error", () => {}); // a close follows
}

/** Who has answered since the last round of pings. */
const alive = new WeakSet<WebSocket>();

function pingAll(sockets: WebSocketServer): void {
  for (const socket of sockets.clients) {
    if (!alive.delete(socket)) socket.terminate();
    else socket.ping();
  }
}

class WsSocket implements Socket {
  constructor(readonly socket: WebSocket, readonly stream: Duplex) {}

  get buffered(): number {
    return this.socket.bufferedAmount;
  }

  /** All frames leave in one write. */
  send(frames: readonly string[]): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    this.stream.cork();
    for (const frame of frames) this.socket.send(frame);
    this.stream.uncork();
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason); // ws itself cuts off a client that does not answer for 30 s
  }
}

/** Makes its frames here, in one buffer: that costs half as much. */
class PlainSocket extends WsSocket {
  sendEncoded(frames: Frames): void {
    if (this.socket.readyState === this.socket.OPEN) this.stream.write(textFrames(frames));
  }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: ListenOptions,
): Promise<void> {
  const answered = await answerTo(request, options);
  if (typeof answered === "function") throw new TypeError("a plain request was answered with an upgrade");
  const body = new Uint8Array(await answered.arrayBuffer());
  const length = body.length > 0 ? ["content-length", String(body.length)] : []; // or it would go in chunks
  response.writeHead(answered.status, [...[...answered.headers].flat(), ...length]);
  response.end(body);
}

async function refuse(stream: Duplex, answered: Response | Promise<Response>): Promise<void> {
  const response = await answered;
  const body = new Uint8Array(await response.arrayBuffer());
  const headers = [...response.headers, ["content-length", String(body.length)], ["connection", "close"]];
  const head = [
    `HTTP/1.1 ${response.status} ${response.statusText}`,
    ...headers.map((pair) => pair.join(": ")),
  ];
  stream.write(`${head.join("\r\n")}\r\n\r\n`);
  stream.end(body, () => stream.destroy()); // or the client could keep its half open
}

/** `Request` refuses some targets, hosts and methods that HTTP lets through; they must not end the relay. */
function answerTo(
  request: IncomingMessage,
  { answer, place }: ListenOptions,
): ReturnType<ListenOptions["answer"]> {
  let asked: Request;
  try {
    asked = toRequest(request);
  } catch {
    return new Response("This is no request that a relay can answer.\n", { status: 400 });
  }
  return answer(asked, "path" in place ? UNIX_PEER : request.socket.remoteAddress ?? "");
}

function toRequest(message: IncomingMessage): Request {
  const { method, url, headers, socket } = message;
  const host = headers.host ?? `${socket.localAddress}:${socket.localPort}`;
  const own = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const each of [value ?? []].flat()) own.append(name, each);
  }
  return new Request(new URL(url ?? "/", `http://${host}`), {
    method,
    headers: own,
    body: method === "POST" ? ReadableStream.from(message) : null,
  });
}
