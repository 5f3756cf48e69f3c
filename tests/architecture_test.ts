import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "./harness.ts";

const root = fileURLToPath(new URL("../src/", import.meta.url));

/** Which rooms a room's files may import from, beside their own. docs/architecture.md draws it. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  flow: [],
  config: ["protocol"],
  crypto: ["protocol", "flow"],
  policy: ["protocol", "flow"],
  storage: ["protocol", "flow"],
  subscription: ["protocol", "flow"],
  sync: ["protocol", "flow"],
  identity: ["protocol", "flow", "storage"],
  handler: ["protocol", "flow", "crypto", "policy", "storage", "subscription", "sync"],
  management: ["protocol", "flow", "crypto", "policy", "storage"],
  connection: ["protocol", "flow", "handler", "subscription"],
  observe: ["protocol", "handler", "connection"],
  runtime: ["protocol", "connection"],
  cli: ["config", "observe", "runtime", "storage", "protocol", "crypto", "sync"],
};

/** What other rooms know of storage: handlers the interface, commands how to open and copy; none an engine. */
const OF_STORAGE: Readonly<Record<string, readonly string[]>> = {
  identity: ["storage/records.ts"],
  management: ["storage/repository.ts", "storage/records.ts"],
  handler: ["storage/repository.ts", "storage/plan.ts"],
  cli: ["storage/repository.ts", "storage/open_repository.ts", "storage/copy.ts"],
};

/** The files that may speak to a runtime by name. */
const RUNTIME_FILES = /^(runtime\/(deno|bun|bun_api|libc_deno)|crypto\/native_(deno|bun))\.ts$/;

const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => path.split(sep).join("/"));

function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), "utf8");
  return [...source.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)]
    .map(([, path]) => relative(root, join(root, dirname(file), path!)).split(sep).join("/"));
}

const roomOf = (file: string) => file.includes("/") ? file.slice(0, file.indexOf("/")) : "";

test("rooms import only along the arrows of the architecture", () => {
  const wrong = files.filter((file) => roomOf(file) !== "").flatMap((file) =>
    importsOf(file)
      .filter((target) => roomOf(target) !== roomOf(file))
      .filter((target) => !(file.startsWith("cli/") && target === "relay.ts"))
      .filter((target) => !target.endsWith("package.json"))
      .filter((target) =>
        !ARROWS[roomOf(file)]!.includes(roomOf(target)) ||
        (roomOf(target) === "storage" && !OF_STORAGE[roomOf(file)]?.includes(target))
      )
      .map((target) => `${file} imports ${target}`)
  );
  assert.deepEqual(wrong, []);
});

test("every room is on the plan", () => {
  const rooms = new Set(files.map(roomOf).filter((room) => room !== ""));
  assert.deepEqual([...rooms].sort(), Object.keys(ARROWS).sort());
});

test("a runtime is spoken to by name only in its adapters", () => {
  const wrong = files.filter((file) =>
    !RUNTIME_FILES.test(file) &&
    /\b(Deno|Bun)\.\w/.test(withoutComments(readFileSync(join(root, file), "utf8")))
  );
  assert.deepEqual(wrong, []);
});

test("only what a store of ours holds is taken for verified without a look at its signature", () => {
  const trusting = files.filter((file) =>
    /\btrustStored\(/.test(withoutComments(readFileSync(join(root, file), "utf8")))
  );
  assert.deepEqual(trusting.sort(), [
    "protocol/event.ts",
    "storage/copy.ts",
    "storage/postgres/trusted.ts",
  ]);
});

test("protocol is pure: no I/O, no clock, no global state", () => {
  const impure = /\b(Date\.now|new Date\(\)|performance\.|fetch\(|console\.|Math\.random|process\.)/;
  const wrong = files.filter((file) =>
    roomOf(file) === "protocol" && impure.test(withoutComments(readFileSync(join(root, file), "utf8")))
  );
  assert.deepEqual(wrong, []);
});

test("a file is small enough to be read at one go", () => {
  const long = files
    .map((file) => ({ file, lines: readFileSync(join(root, file), "utf8").split("\n").length }))
    .filter(({ lines }) => lines > 250);
  assert.deepEqual(long, []);
});

const withoutComments = (source: string) => source.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
