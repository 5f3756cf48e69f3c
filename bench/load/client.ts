import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { CLOSE, Cutter, frame, PING, PONG, TEXT, textFrame } from "./frame.ts";

/**
 * A WebSocket client on a bare TCP socket. It gives messages as bytes in the buffer that arrived, so that counting
 * a stored event costs the load generator far less than sending it costs the relay.
 */
export class Client {
  /** Called for each text message: `bytes` from `start` to `end`, valid during the call. */
  onMessage: (bytes: Buffer, start: number, end: number) => void = () => {};
  /** Called when all messages of a packet have been given. */
  onPacketEnd: () => void = () => {};
  #closing = false;

  private constructor(readonly socket: Socket, readonly failed: (error: Error) => void) {}

  /** @param failed Called when the relay ends the connection, or speaks something else than WebSocket. */
  static connect(url: string, failed: (error: Error) => void = fatal): Promise<Client> {
    const { hostname, port, host, pathname } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port || 80), noDelay: true });
      const client = new Client(socket, failed);
      socket.once("error", reject);
      socket.once("connect", () =>
        socket.write(
          `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
            `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
        ));
      let answer: Buffer = Buffer.alloc(0);
      const onAnswer = (chunk: Buffer) => {
        answer = Buffer.concat([answer, chunk]);
        const end = answer.indexOf("\r\n\r\n");
        if (end < 0) return;
        socket.off("data", onAnswer);
        const status = answer.subarray(0, answer.indexOf("\r\n")).toString();
        if (!status.includes(" 101 ")) return reject(new Error(`no WebSocket at ${url}: ${status}`));
        socket.off("error", reject);
        client.#listen(answer.subarray(end + 4));
        resolve(client);
      };
      socket.on("data", onAnswer);
    });
  }

  #listen(first: Buffer): void {
    const cutter = new Cutter((opcode, bytes, start, end) => {
      if (opcode === TEXT) this.onMessage(bytes, start, end);
      else if (opcode === PING) this.socket.write(frame(bytes.subarray(start, end), PONG));
      else if (opcode === CLOSE && !this.#closing) {
        const reason = bytes.subarray(start + 2, end).toString();
        this.#fail(`the relay closed a connection: ${bytes.readUInt16BE(start)} ${reason}`);
      }
    });
    const feed = (chunk: Buffer) => {
      cutter.feed(chunk);
      this.onPacketEnd();
    };
    if (first.length > 0) feed(first);
    this.socket.on("data", feed);
    this.socket.on("error", ({ message }: Error) => this.#fail(message));
    this.socket.on("close", () => this.#fail("a connection ended"));
  }

  #fail(message: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.failed(new Error(message));
  }

  /** Writes ready frames. */
  write(frames: Uint8Array): void {
    this.socket.write(frames);
  }

  send(...message: unknown[]): void {
    this.write(textFrame(JSON.stringify(message)));
  }

  close(): void {
    this.#closing = true;
    this.socket.destroy();
  }
}

function fatal(error: Error): never {
  throw error;
}

/** Opens so many connections, some at a time. */
export async function connectMany(url: string, count: number): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < count) {
    const some = Math.min(50, count - clients.length);
    clients.push(...await Promise.all(Array.from({ length: some }, () => Client.connect(url))));
  }
  return clients;
}
