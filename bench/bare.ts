/**
 * A relay that does nothing: what our adapters and the runtime under them cost at the least. It checks, finds and stores
 * nothing; its answers lie ready. Run as `deno run -A bench/bare.ts` (with `ws` if need be) or, once Deno has made the day's
 * corpus, `bun bench/bare.ts`, and measure it with the command that it prints.
 */
import process from "node:process";
import { Outbox } from "../src/connection/outbox.ts";
import type { Socket, SocketEvents } from "../src/connection/socket.ts";
import { inAscii } from "../src/protocol/ascii.ts";
import { idOf } from "../src/protocol/event.ts";
import { eose, eventFrame, eventFrameHead, ok } from "../src/protocol/message.ts";
import { Utf8Packer, type Utf8Texts } from "../src/protocol/utf8_texts.ts";
import { listenWithWs } from "../src/runtime/ws.ts";
import { corpusFile } from "./corpus/files.ts";
import { lines } from "./load/corpus.ts";

/** Events of an answer: as many as the benchmark's questions have on average. */
const EVENTS = 52;

/** Of them answers are made. */
const STORED = 30_000;

/** Subscribers that an event goes to, as the phases `live` and `connections` want it. */
const wantedBy = () => subscribers.length < 10_000 ? 20 : Math.floor(subscribers.length / 100);

const { runtime } = "Deno" in globalThis
  ? await import("../src/runtime/deno.ts")
  : await import("../src/runtime/bun.ts");
const listen = process.argv[2] === "ws" ? listenWithWs({ compression: false }) : runtime.listen;

const corpus = corpusFile("realistic", STORED);
const stored = Array.from(lines(corpus, 0, STORED), (line) => inAscii(line.toString()));
const packer = new Utf8Packer();
const encoder = new TextEncoder();
const encoded = stored.map((json) => encoder.encode(json));

interface Subscriber {
  readonly outbox: Outbox;
  readonly head: string;
}

let subscribers: Subscriber[] = [];
let asked = 0, published = 0;

function packed(texts: readonly Uint8Array[]): Utf8Texts {
  for (const text of texts) packer.add(text);
  return packer.finish();
}

const behind = new Set<Socket>();

class Bare implements SocketEvents {
  readonly #outbox: Outbox;

  constructor(socket: Socket) {
    this.#outbox = new Outbox(socket, behind);
  }

  received(text = ""): void {
    if (text.startsWith('["EVENT"')) this.#deliver(text.slice('["EVENT",'.length, -1));
    else if (text.startsWith('["REQ"')) this.#answer(text);
  }

  #answer(text: string): void {
    const id = text.slice('["REQ","'.length, text.indexOf('",', '["REQ","'.length));
    const head = eventFrameHead(id);
    if (text.includes('"limit":0')) {
      subscribers.push({ outbox: this.#outbox, head });
      return this.#outbox.write([eose(id)]);
    }
    const first = EVENTS * asked++ % (stored.length - EVENTS);
    const frames = this.#outbox.takesUtf8
      ? [{ head, events: packed(encoded.slice(first, first + EVENTS)) }]
      : stored.slice(first, first + EVENTS).map((json) => eventFrame(head, json));
    this.#outbox.write([...frames, eose(id)]);
  }

  #deliver(json: string): void {
    this.#outbox.write([ok(idOf(json), true)]);
    if (subscribers.length === 0) return;
    const most = wantedBy();
    for (let n = 0; n < most; n++) {
      const { outbox, head } = subscribers[published++ % subscribers.length]!;
      outbox.write([eventFrame(head, json)]);
    }
  }

  closed(): void {
    subscribers = subscribers.filter(({ outbox }) => outbox !== this.#outbox);
  }
}

const { place } = await listen({
  place: { address: "127.0.0.1", port: 0 },
  pingSeconds: 300,
  hardMessageBytes: 1_000_000,
  answer: () => (socket) => new Bare(socket),
});
if (!("port" in place)) throw new TypeError("it listens on a port");
console.log(
  `deno task bench --phase query,live,connections --url ws://127.0.0.1:${place.port}/ --pid ${process.pid}`,
);
