import { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";

/** Where the question begins in a DNS message (RFC 1035, 4.1). */
const HEADER_BYTES = 12;

/** A DNS server on a free port of 127.0.0.1 that knows these IPv4 addresses under whatever name is asked. */
export async function startDns(
  addresses: readonly string[],
): Promise<AsyncDisposable & { readonly port: number }> {
  const socket = createSocket("udp4");
  socket.on("message", (question, { port, address }) => {
    socket.send(answer(question as Uint8Array, addresses), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    port: socket.address().port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** The question itself, as an answer: each address for a second. */
function answer(question: Uint8Array, addresses: readonly string[]): Buffer {
  const head = Buffer.from(question.slice(0, HEADER_BYTES));
  head.writeUInt16BE(0x8180, 2); // an answer without error
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8); // no other records
  const records = addresses.map((address) =>
    // the name that begins at byte 12; A, IN; for one second; four bytes
    Buffer.from([0xc0, HEADER_BYTES, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split(".").map(Number)])
  );
  const asked = question.slice(HEADER_BYTES, question.indexOf(0, HEADER_BYTES) + 5); // name, type, class
  return Buffer.concat([head, asked, ...records]);
}
