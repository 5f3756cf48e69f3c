import assert from "node:assert/strict";
import { openEngine } from "../../src/crypto/engine.ts";
import { type Library, libraryFiles } from "../../src/crypto/library.ts";
import { openNative } from "../../src/crypto/native.ts";
import { test } from "../harness.ts";
import { testNative } from "./engines.ts";

/** A library that calls every signature right, and counts what was not closed. */
function lyingLibrary() {
  const open = { libraries: 1, contexts: 0 };
  const library: Library = {
    contextCreate: () => ++open.contexts,
    contextDestroy: () => void open.contexts--,
    parsePublicKey: () => 1,
    verify: () => 1,
    addressOf: () => 4_096,
    close: () => void open.libraries--,
  };
  return { open, library };
}

test("a library that fails the self-test is not used, and closed again", () => {
  const { open, library } = lyingLibrary();
  const opened = openNative({ open: () => library, files: ["liar.so"] });
  assert.deepEqual(opened, {
    missing:
      "no usable libsecp256k1 with its schnorrsig module; tried liar.so (it fails the test vectors of BIP-340)",
  });
  assert.deepEqual(open, { libraries: 0, contexts: 0 });
});

test("a missing library is told with the files that were tried", () => {
  const missing = (file: string): never => {
    throw new Error(`Could not open: ${file}: no such file`);
  };
  assert.deepEqual(openNative({ open: missing, files: ["a.so", "b.so"] }), {
    missing: "no usable libsecp256k1 with its schnorrsig module; tried a.so, b.so (no such file)",
  });
});

test("the runtime's own way of loading fails without harm for what is no library", () => {
  const opened = openNative({ files: ["./no-such-library.so", "deno.json"] });
  assert.ok("missing" in opened);
  assert.match(opened.missing, /no-such-library\.so.*deno\.json/s);
});

for (
  const [platform, file] of [
    ["linux", "libsecp256k1.so.1"],
    ["linux", "libsecp256k1.so.2"],
    ["freebsd", "libsecp256k1.so"],
    ["darwin", "libsecp256k1.dylib"],
    ["darwin", "/opt/homebrew/lib/libsecp256k1.dylib"],
    ["win32", "secp256k1.dll"],
  ] as const
) {
  test(`on ${platform}, ${file} is tried`, () => assert.ok(libraryFiles(platform).includes(file)));
}

test("noble is taken when it is asked for, library or not", () => {
  assert.equal(openEngine("noble").engine.name, "noble (JavaScript)");
  assert.equal(openEngine("noble").warning, undefined);
});

testNative("auto takes the library where it works, without a warning", () => {
  const { engine, warning } = openEngine("auto");
  engine.close();
  assert.deepEqual([engine.name, warning], ["libsecp256k1 (native)", undefined]);
});

const NONE = { files: [] };
const MISSING = /^no usable libsecp256k1/;

test("auto takes noble where there is no library, and says why", () => {
  const { engine, warning } = openEngine("auto", NONE);
  assert.equal(engine.name, "noble (JavaScript)");
  assert.match(warning!, MISSING);
});

test("native is refused where there is no library, and says why", () => {
  assert.throws(() => openEngine("native", NONE), { message: MISSING });
});
