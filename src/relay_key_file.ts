import { readFileSync, statSync } from "node:fs";
import process from "node:process";
import type { Config } from "./config/schema.ts";
import { RelayKey } from "./crypto/relay_key.ts";
import { isHex64 } from "./protocol/hex.ts";

/** What users other than a file's own may do. */
const OTHERS = 0o077;

/**
 * The relay's own key, from the setting or the file that holds it; undefined without either.
 * @throws When the file can't be read, is open to others, or has no key. No message shows what is in it.
 */
export function readKey({ secret_key, secret_key_file }: Config["info"]): RelayKey | undefined {
  const [setting, secret] = secret_key_file === undefined
    ? ["info.secret_key", secret_key]
    : ["info.secret_key_file", readSecret(secret_key_file)];
  if (secret === undefined) return undefined;
  try {
    return new RelayKey(secret);
  } catch {
    throw new Error(`${setting}: this is no secret key of secp256k1`);
  }
}

function readSecret(file: string): string {
  let text: string;
  try {
    if (process.platform !== "win32" && (statSync(file).mode & OTHERS) !== 0) {
      throw new Error("others may read it; chmod 600 makes it the relay's own");
    }
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new Error(`info.secret_key_file: cannot use ${file}: ${(error as Error).message}`);
  }
  if (!isHex64(text)) throw new Error(`info.secret_key_file: expected 64 lowercase hex digits in ${file}`);
  return text;
}
