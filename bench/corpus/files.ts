import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { live } from "./live.ts";
import { realistic } from "./realistic.ts";
import { openSigner } from "./signer.ts";
import { small } from "./small.ts";

const MAKERS = { small, realistic, live };
export type CorpusName = keyof typeof MAKERS;

/**
 * The file of a corpus: an event a line. It is made once a day for each size and kept in the system's folder for
 * temporary files, so that every relay of that day is given the very same events.
 */
export function corpusFile(name: CorpusName, events: number): string {
  const folder = join(tmpdir(), "longneck-bench");
  const today = Math.floor(Date.now() / 86_400_000);
  const path = join(folder, `${name}-${events}-${today}.jsonl`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  console.error(`making the corpus "${name}": ${events.toLocaleString("en")} signed events`);
  const unfinished = `${path}.unfinished`;
  write(unfinished, MAKERS[name](openSigner(), events, today * 86_400));
  renameSync(unfinished, path);
  return path;
}

function write(path: string, lines: Iterable<string>): void {
  const file = openSync(path, "w");
  try {
    let block = "";
    for (const line of lines) {
      block += line + "\n";
      if (block.length < 1 << 20) continue;
      writeSync(file, block);
      block = "";
    }
    writeSync(file, block);
  } finally {
    closeSync(file);
  }
}
