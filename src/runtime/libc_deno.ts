/** The C library of the Linux systems that Deno runs on. */
const FILE = "libc.so.6";

/** What we call in it. Each answers 0, or −1 when it fails. */
export interface Libc {
  /** Writes the address of whoever is at the other end of a connection. See getpeername(2). */
  getpeername(descriptor: number, address: Uint8Array, length: Uint8Array): number;
  /** See setsockopt(2). */
  setsockopt(descriptor: number, level: number, name: number, value: Uint8Array, length: number): number;
}

/** Loads it on Deno; undefined on other systems, and without the whole of `--allow-ffi`. Never prompts. */
export function openLibc(): Libc | undefined {
  const isPermitted = () => Deno.permissions.querySync({ name: "ffi", path: FILE }).state === "granted";
  if (Deno.build.os !== "linux" || !isPermitted()) return undefined;
  try {
    return Deno.dlopen(FILE, {
      getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
      setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
    }).symbols;
  } catch {
    return undefined; // another C library, or a permission for one file: then Deno looks for that in the working directory
  }
}
