import type { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import type { Asset } from "../http.ts";

/** What the operator puts in place of the built-in page and icon; read once, at start. */
export interface OperatorFiles {
  readonly page?: string;
  readonly favicon?: Asset;
}

const ICON_TYPES: ReadonlyMap<string, string> = new Map([
  [".ico", "image/x-icon"],
  [".png", "image/png"],
  [".svg", "image/svg+xml"],
  [".jpg", "image/jpeg"],
  [".jpeg", "image/jpeg"],
  [".gif", "image/gif"],
  [".webp", "image/webp"],
]);

/**
 * Reads the files that `info.relay_page` and `info.favicon` name.
 * @throws {Error} that names the setting, when a file can't be read or is no kind of image.
 */
export function readOperatorFiles(
  { relay_page, favicon }: { readonly relay_page?: string; readonly favicon?: string },
): OperatorFiles {
  return {
    page: relay_page === undefined ? undefined : read("info.relay_page", relay_page).toString("utf8"),
    favicon: favicon === undefined ? undefined : icon(favicon),
  };
}

function icon(file: string): Asset {
  const type = ICON_TYPES.get(extname(file).toLowerCase());
  if (type === undefined) {
    throw new Error(
      `info.favicon: got "${file}", expected a file that ends in ${[...ICON_TYPES.keys()].join(", ")}`,
    );
  }
  return { type, body: new Uint8Array(read("info.favicon", file)) };
}

function read(setting: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new Error(`${setting}: cannot read "${file}"`, { cause });
  }
}
