import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOperatorFiles } from "../../src/runtime/pages/operator_files.ts";
import { test } from "../harness.ts";

function inFolder(body: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "longneck-"));
  try {
    body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the operator's files are read with the type that their name tells", () =>
  inFolder((folder) => {
    const [relay_page, favicon] = [join(folder, "page.html"), join(folder, "icon.PNG")];
    writeFileSync(relay_page, "<p>žirafa</p>");
    writeFileSync(favicon, new Uint8Array([137, 80]));
    const files = readOperatorFiles({ relay_page, favicon });
    assert.equal(files.page, "<p>žirafa</p>");
    assert.deepEqual(files.favicon, { type: "image/png", body: new Uint8Array([137, 80]) });
  }));

test("without settings there are no files", () => {
  assert.deepEqual(readOperatorFiles({}), { page: undefined, favicon: undefined });
});

test("a file that can't be read is an error that names the setting", () =>
  inFolder((folder) => {
    assert.throws(
      () => readOperatorFiles({ relay_page: join(folder, "none") }),
      /info\.relay_page: cannot read/,
    );
  }));

test("an icon that is no image is an error that names the setting", () => {
  assert.throws(() => readOperatorFiles({ favicon: "icon.exe" }), /info\.favicon: got "icon\.exe"/);
});
