import process from "node:process";
import { main } from "./src/cli/main.ts";

const runtime = "Deno" in globalThis
  ? await import("./src/runtime/deno.ts")
  : await import("./src/runtime/bun.ts");

// A socket whose client never answers would keep the process for as long as it likes.
process.exit(await main(process.argv.slice(2), runtime.runtime));
