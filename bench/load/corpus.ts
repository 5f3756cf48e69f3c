import { Buffer } from "node:buffer";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { frame } from "./frame.ts";

const NEWLINE = 10;
const BLOCK = 8 * 1024 * 1024;
const HEAD = Buffer.from('["EVENT",');
const TAIL = Buffer.from("]");

/** An event of the corpus, ready to be sent. */
export interface Prepared {
  readonly id: string;
  readonly pubkey: string;
  readonly frame: Buffer;
}

/** The lines of a file from one number on, up to another; all of them by default. */
export function* lines(path: string, from = 0, to = Infinity): Generator<Buffer> {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    let rest: Buffer = Buffer.alloc(0);
    for (let read = 0, line = 0; read < size && line < to;) {
      const block = Buffer.allocUnsafe(Math.min(BLOCK, size - read));
      read += readSync(file, block, 0, block.length, read);
      const bytes = rest.length > 0 ? Buffer.concat([rest, block]) : block;
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        if (line >= from && line < to) yield bytes.subarray(start, end);
        line++;
        start = end + 1;
      }
      rest = bytes.subarray(start);
    }
  } finally {
    closeSync(file);
  }
}

/** Events with their frames. Corpora begin each event `{"id":"…","pubkey":"…"`. */
export function prepare(path: string, from: number, count: number): Prepared[] {
  const prepared = Array.from(lines(path, from, from + count), (line) => ({
    id: line.toString("latin1", 7, 71),
    pubkey: line.toString("latin1", 83, 147),
    frame: frame(Buffer.concat([HEAD, line, TAIL])),
  }));
  if (prepared.length < count) throw new Error(`${path} has not ${from + count} events`);
  return prepared;
}
