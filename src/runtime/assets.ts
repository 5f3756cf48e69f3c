import { readFileSync } from "node:fs";
import { extname } from "node:path";
import type { Asset } from "./http.ts";

const ICON_TYPES: Readonly<Record<string, string>> = {
  ".ico": "image/x-icon",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".gif": "image/gif",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".webp": "image/webp",
};

/**
 * Reads `info.favicon`, once, at start.
 * @throws When the file can't be read, or is not named like a picture.
 */
export function readIcon(file: string): Asset {
  const type = ICON_TYPES[extname(file).toLowerCase()];
  if (!type) {
    throw new Error(`info.favicon: expected a file named ${Object.keys(ICON_TYPES).join(", ")}, got ${file}`);
  }
  return { type, body: new Uint8Array(read("info.favicon", file)) };
}

/** Reads `info.relay_page`, once, at start. @throws When the file can't be read. */
export const readPage = (file: string): string => read("info.relay_page", file).toString("utf8");

function read(setting: string, file: string) {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`${setting}: cannot read the file: ${(error as Error).message}`, { cause: error });
  }
}
